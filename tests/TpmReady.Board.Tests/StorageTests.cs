// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using TpmReady.Board.Guest;

namespace TpmReady.Board.Tests;

/// <summary>What was acknowledged is there after the next boot, however the last one ended.</summary>
public sealed partial class StorageTests : BoardTest
{
    // Both kinds together: what ./test has time for.
    private const int CutsOfEachKind = 10;

    private static int Cuts =>
        int.TryParse(
            Environment.GetEnvironmentVariable("TPMREADY_BOARD_POWER_CUTS"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out int cuts)
        ? cuts
        : CutsOfEachKind;

    [Test]
    public async Task Objects_and_TPM_NV_survive_a_reboot()
    {
        using StateDirectory state = new();
        BoardOptions options = new() { StateDirectory = state.Path };
        await using (EmulatedBoard first = await StartAsync(options))
        {
            await first.WaitForSystemAsync();
            await LoadDriverAsync(first);
            await first.RunAsync("/opt/board/bin/board-storage write kept 5000 7");
            await first.RunAsync(
                "tpm2_nvdefine -s 8 0x1500016 && echo -n 12345678 | tpm2_nvwrite -i - 0x1500016");
            await first.PowerOffAsync();
        }

        await using EmulatedBoard second = await StartAsync(options);
        await second.WaitForSystemAsync();
        await LoadDriverAsync(second);
        string sequence = await second.RunAsync("/opt/board/bin/board-storage read kept");
        string nv = await second.RunAsync("tpm2_nvread -s 8 0x1500016");

        await Assert.That(sequence.Trim()).IsEqualTo("kept 7 5000");
        await Assert.That(nv).IsEqualTo("12345678");
        await Assert.That(second.SecureLog).Contains(", opened");
        await Assert.That(second.SecureLog).DoesNotContain("Remove corrupt file");
    }

    /// <summary>
    /// The emulator is killed: what the guest wrote to its disk stays in the host's memory, so this is about what the
    /// guest's kernel had not written yet. TPMREADY_BOARD_POWER_CUTS sets the number of cuts.
    /// </summary>
    [Test]
    [Arguments("commit")]
    [Arguments("strict")]
    public async Task Power_cuts_during_writes_lose_nothing_that_was_acknowledged(string mode)
    {
        using StateDirectory state = new();

        // What the kernel does not know becomes the first process's environment, and so the supplicant's.
        BoardOptions options = new()
        {
            StateDirectory = state.Path,
            Init = InitKind.Plain,
            KernelParameters = $"TEE_SUPPLICANT_FS_SYNC={mode}",
        };
        int cuts = Cuts;
        Dictionary<string, ulong> acknowledged = new(StringComparer.Ordinal);
        ulong counter = 0;
        for (int cut = 0; cut <= cuts; cut++)
        {
            await using EmulatedBoard board = await StartAsync(options);
            await LoadDriverAsync(board);
            await board.RunAsync(
                $"tr '\\0' '\\n' </proc/$(pgrep -x tee-supplicant)/environ | grep -x TEE_SUPPLICANT_FS_SYNC={mode}");
            await VerifyAsync(board, acknowledged, counter, cut);
            if (cut < cuts)
            {
                counter = await WriteUntilCutAsync(board, acknowledged, counter);
            }
        }

        Say($"{cuts} power cuts with {mode}; {acknowledged.Count} objects, the last TPM counter value acknowledged was {counter}");
    }

    private static async Task VerifyAsync(
        EmulatedBoard board, Dictionary<string, ulong> acknowledged, ulong counter, int cut)
    {
        foreach ((string name, ulong sequence) in acknowledged)
        {
            string output = await board.RunAsync($"/opt/board/bin/board-storage read {name}");
            ulong found = ulong.Parse(output.Split(' ')[1], CultureInfo.InvariantCulture);
            await Assert.That(found).IsGreaterThanOrEqualTo(sequence).Because($"object {name} after cut {cut}");
        }

        if (cut == 0)
        {
            // Without no_da three power cuts lock the index: a TPM that was not shut down counts a failed try (DAStartup).
            await board.RunAsync("tpm2_nvdefine -s 8 -a 'authread|authwrite|no_da|nt=counter' 0x1500017");
            return;
        }

        string value = await board.RunAsync("set -o pipefail; tpm2_nvread -s 8 0x1500017 | od -An -tx1 | tr -d ' \\n'");
        ulong read = ulong.Parse(value.Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        await Assert.That(read).IsGreaterThanOrEqualTo(counter).Because($"the TPM's counter after cut {cut}");
        await Assert.That(board.SecureLog).Contains(", opened").Because($"the TA's state after cut {cut}");
        await Assert.That(board.SecureLog).DoesNotContain("panicked");
        await Assert.That(board.SecureLog).DoesNotContain("Remove corrupt file");
    }

    /// <summary>Writes objects and counts in the TPM, cuts the power at a random moment, and notes what was acknowledged.</summary>
    private static async Task<ulong> WriteUntilCutAsync(
        EmulatedBoard board, Dictionary<string, ulong> acknowledged, ulong counter)
    {
        Script objects = await board.StartScriptAsync(
            FormattableString.Invariant($"/opt/board/bin/board-storage churn 8 3000 {Next(acknowledged)}"));
        Script counting = await board.StartScriptAsync(
            "while tpm2_nvincrement 0x1500017; do echo \"counter $(tpm2_nvread -s 8 0x1500017 2>/dev/null | od -An -tx1 | tr -d ' \\n')\"; done");

        // Not before something was acknowledged, and then at any point of the next operations.
        while (!Acknowledgement().IsMatch(objects.Output) || !Counted().IsMatch(counting.Output))
        {
            await Task.Delay(100);
            if (objects.Completion.IsCompleted || counting.Completion.IsCompleted)
            {
                throw new BoardException($"writing ended by itself: {objects.Output} {counting.Output} {board.Consoles()}");
            }
        }

        await Task.Delay(Random.Shared.Next(0, 3000));
        await board.CutPowerAsync();
        foreach (Match match in Acknowledgement().Matches(objects.Output))
        {
            acknowledged[match.Groups["name"].Value] =
                ulong.Parse(match.Groups["sequence"].Value, CultureInfo.InvariantCulture);
        }

        foreach (Match match in Counted().Matches(counting.Output))
        {
            counter = Math.Max(
                counter, ulong.Parse(match.Groups["value"].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        }

        return counter;
    }

    // Sequence numbers grow from boot to boot, so that an old object cannot pass for a new one.
    private static ulong Next(Dictionary<string, ulong> acknowledged)
    {
        ulong next = 1;
        foreach (ulong sequence in acknowledged.Values)
        {
            next = Math.Max(next, sequence + 1);
        }

        return next;
    }

    [GeneratedRegex(@"^ack (?<name>\S+) (?<sequence>[0-9]+)\r?\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Acknowledgement();

    [GeneratedRegex(@"^counter (?<value>[0-9a-f]{16})\r?\n", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Counted();
}
