// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace TpmReady.Board.Tests;

/// <summary>
/// A client of the TPM that starts in the initrd and does not stop: the TPM stays bound while the root is switched, its
/// commands wait for the host's supplicant, and none fails.
/// </summary>
public sealed class SwitchRootTests : BoardTest
{
    private const string Unit = "board-survivor.service";

    [Test]
    public async Task The_TPM_goes_on_through_switch_root()
    {
        string folder = Path.Combine(Repository.Root, "board/survivor");
        using StateDirectory work = new();
        string wants = Path.Combine(work.Path, "wants.conf");
        await File.WriteAllTextAsync(wants, $"[Unit]\nWants={Unit}\n");
        BoardOptions options = Packaged(InitrdKind.Dracut) with
        {
            InitrdFiles = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["usr/bin/board-survivor"] = (await ArtifactsAsync()).Survivor,
                [$"etc/systemd/system/{Unit}"] = Path.Combine(folder, Unit),
                ["etc/systemd/system/initrd.target.d/50-survivor.conf"] = wants,
            },
            ExtraFiles = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                [$"units/{Unit}"] = Path.Combine(folder, Unit),
            },
        };
        await using EmulatedBoard board = await StartAsync(options);
        await board.WaitForSystemAsync();
        Journal journal = new(await ReadJournalAsync(board));
        Say(journal.Excerpt());

        (int initrd, int host) = journal.Split("Switching root");
        await Assert.That(journal.IsInOrder(
            0, initrd, "The TPM answers", "The TPM stays bound: the host's supplicant goes on", "Stopped tee-supplicant@teepriv0"))
            .IsTrue();
        await Assert.That(journal.IsInOrder(
            initrd, host, "Started tee-supplicant@teepriv0", "The TPM answers", "Reached target tpm2.target")).IsTrue();
        await Assert.That(journal.Lines.Where(static line => line.Contains("Unbound: ", StringComparison.Ordinal))).IsEmpty();

        await ExpectEveryCommandAsync(board);
        await Assert.That(await board.RunAsync("ls /dev | grep ^tpm")).IsEqualTo("tpm0\ntpmrm0\n");
        await Assert.That(await board.RunAsync("systemctl list-units --failed --plain --no-legend")).IsEmpty();
        await board.PowerOffAsync();
        await Assert.That(board.SecureLog).DoesNotContain("panicked");
    }

    /// <summary>The counter has each value once: none is missing, and no command failed.</summary>
    private static async Task ExpectEveryCommandAsync(EmulatedBoard board)
    {
        string[] lines = (await board.RunAsync("cat /run/board-survivor.log")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        await Assert.That(lines.Where(static line => line.Contains("failed", StringComparison.Ordinal))).IsEmpty();
        ulong[] values = [.. lines.Select(static line => ulong.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture))];
        await Assert.That(values.Length).IsGreaterThan(10);
        await Assert.That(values[^1] - values[0]).IsEqualTo((ulong)values.Length - 1);
        double longest = lines.Max(static line => double.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture)) / 1e6;
        Say(string.Create(
            CultureInfo.InvariantCulture, $"{values.Length} pairs of commands, 0 failed; the longest took {longest:0.0} s"));
        await board.RunAsync("lines=$(wc -l </run/board-survivor.log); sleep 2; [ \"$(wc -l </run/board-survivor.log)\" -gt \"$lines\" ]");
        string client = await board.RunAsync($"systemctl show -P NRestarts -P ActiveState {Unit}");
        await Assert.That(client).IsEqualTo("0\nactive\n");
    }
}
