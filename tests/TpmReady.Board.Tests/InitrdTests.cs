// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Board.Guest;

namespace TpmReady.Board.Tests;

/// <summary>The TPM is ready in an initrd before anything relies on it, and again on the host. Its storage is an RPMB.</summary>
public sealed class InitrdTests : BoardTest
{
    [Test]
    public async Task With_dracut_the_TPM_answers_before_tpm2_target_in_the_initrd_and_on_the_host()
    {
        await using EmulatedBoard board = await StartAsync(Options(InitrdKind.Dracut));
        await board.WaitForSystemAsync();
        Journal journal = new(await board.RunAsync("journalctl -b -o short-monotonic --no-pager"));
        Say(journal.Excerpt());

        (int initrd, int host) = journal.Split("Switching root");
        await Assert.That(journal.IsInOrder(
            0, initrd, "Started tee-supplicant@teepriv0", "The TPM answers", "Reached target tpm2.target",
            "Stopped tpmready-driver@teepriv0", "Stopped tee-supplicant@teepriv0")).IsTrue();
        await Assert.That(journal.IsInOrder(
            initrd, host, "Started tee-supplicant@teepriv0", "The TPM answers", "Reached target tpm2.target")).IsTrue();
        await ExpectSoundAsync(board, journal);
        await board.PowerOffAsync();
        await Assert.That(board.SecureLog).DoesNotContain("panicked");
    }

    [Test]
    public async Task With_initramfs_tools_scripts_bring_the_TPM_up_and_take_it_down_before_the_host()
    {
        await using EmulatedBoard board = await StartAsync(Options(InitrdKind.InitramfsTools));
        await board.WaitForSystemAsync();
        Journal journal = new(await board.RunAsync("journalctl -b -o short-monotonic --no-pager"));
        Say(journal.Excerpt());

        // The kernel's log has what the scripts' programs said; systemd begins on the host.
        (int systemd, int host) = journal.Split("running in system mode");
        await Assert.That(journal.IsInOrder(
            0, systemd, "Ready: requests of the secure world are served", "The TPM answers", "Unbound: ", "Ended after"))
            .IsTrue();
        await Assert.That(journal.IsInOrder(
            systemd, host, "Started tee-supplicant@teepriv0", "The TPM answers", "Reached target tpm2.target")).IsTrue();
        await ExpectSoundAsync(board, journal);
        await board.PowerOffAsync();
        await Assert.That(board.SecureLog).DoesNotContain("panicked");
    }

    private static BoardOptions Options(InitrdKind initrd) => new()
    {
        Firmware = FirmwareKind.Rpmb,
        Emmc = true,
        Supplicant = SupplicantKind.Units,
        Initrd = initrd,
        DriverAutoload = true,
    };

    /// <summary>The TPM works on the host under its own number, nothing has panicked, and nothing has timed out.</summary>
    private static async Task ExpectSoundAsync(EmulatedBoard board, Journal journal)
    {
        ScriptResult clock = await board.TryRunAsync("ls /dev/tpm* && tpm2_readclock");
        await Assert.That(clock.Succeeded).IsTrue().Because(clock.Output);
        await Assert.That(clock.Output).Contains("/dev/tpmrm0");
        await Assert.That(board.SecureLog).DoesNotContain("panicked");
        await Assert.That(journal.Lines.Where(static line =>
            line.Contains("timed out", StringComparison.Ordinal) || line.Contains("Timed out", StringComparison.Ordinal)
            || line.Contains("ordering cycle", StringComparison.Ordinal))).IsEmpty();
        await Assert.That(await board.RunAsync("systemctl list-units --failed --plain --no-legend")).IsEmpty();
    }

    /// <summary>The lines of a boot, in order.</summary>
    private sealed class Journal(string text)
    {
        public string[] Lines { get; } = text.Split('\n');

        /// <summary>The line with a text, and the number of lines.</summary>
        public (int Line, int End) Split(string part)
        {
            int line = Array.FindIndex(Lines, candidate => candidate.Contains(part, StringComparison.Ordinal));
            return line >= 0 ? (line, Lines.Length) : throw new InvalidOperationException($"no line has: {part}");
        }

        /// <summary>Whether each part is in a line after that of the part before it.</summary>
        public bool IsInOrder(int start, int end, params string[] parts)
        {
            int line = start - 1;
            foreach (string part in parts)
            {
                int found = line < end - 1
                    ? Array.FindIndex(Lines, line + 1, end - line - 1, one => one.Contains(part, StringComparison.Ordinal))
                    : -1;
                if (found < 0)
                {
                    Say(string.Create(CultureInfo.InvariantCulture, $"not in lines {line + 1} to {end}: {part}"));
                    return false;
                }

                line = found;
            }

            return true;
        }

        /// <summary>What concerns the TPM, for whoever reads a failure.</summary>
        public string Excerpt() => string.Join('\n', Lines.Where(static line =>
            line.Contains("tpm", StringComparison.OrdinalIgnoreCase) || line.Contains("supplicant", StringComparison.Ordinal)
            || line.Contains("Switching root", StringComparison.Ordinal)));
    }
}
