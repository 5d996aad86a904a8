// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Tasks;

namespace TpmReady.Board.Tests.Reboots;

/// <summary>
/// Reboots and power-offs in turn, each while TPM commands and storage run, with initrd, systemd and our units. One power
/// cut shows that what is looked at can show a bad end. <c>bench/reboots</c> makes a page of the rows.
/// </summary>
public sealed class RebootTests : BoardTest
{
    /// <summary>What has not ended then never will; slowness is another matter (<see cref="RebootRows"/>).</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static readonly string? Wanted = Environment.GetEnvironmentVariable("TPMREADY_TEST_REBOOTS");

    /// <summary>The directory that keeps board and rows, so that a run that was cut off can be gone on with.</summary>
    private static readonly string? Kept = Environment.GetEnvironmentVariable("TPMREADY_TEST_REBOOTS_STATE");

    [Test]
    public async Task Under_load_every_shutdown_ends_and_leaves_the_TPM_as_it_was()
    {
        Skip.When(Wanted is null, "it takes minutes for each boot; TPMREADY_TEST_REBOOTS=COUNT or bench/reboots runs it");
        int count = int.Parse(Wanted!, CultureInfo.InvariantCulture);
        await ArtifactsAsync();
        using StateDirectory? thrownAway = Kept is null ? new StateDirectory() : null;
        RebootRows rows = new(Kept ?? thrownAway!.Path);
        while (rows.OrderlyEnds < count)
        {
            bool isTimeToCut = rows.OrderlyEnds > 0 && !rows.HasCut;
            await BootAsync(rows, isTimeToCut ? "cut" : rows.OrderlyEnds % 2 == 0 ? "reboot" : "poweroff");
        }

        await Assert.That(rows.Faults()).IsEmpty();
    }

    /// <summary>One boot: what the last end left, and when the TPM was ready; then load, and this boot's end.</summary>
    private static async Task BootAsync(RebootRows rows, string end)
    {
        BoardOptions options = Packaged(InitrdKind.Dracut) with { StateDirectory = rows.BoardDirectory };
        await using EmulatedBoard board = await StartAsync(options);
        await board.WaitForSystemAsync();
        Journal journal = new(await ReadJournalAsync(board));
        string check = await board.RunAsync(RebootGuest.Check);
        await board.RunAsync(RebootGuest.Load);
        await Task.Delay(TimeSpan.FromSeconds(1 + (5 * Random.Shared.NextDouble())));

        TimeSpan? seconds = await EndAsync(board, end);
        rows.Add(RebootRow.Create(rows.Last, end, seconds, journal, check, board.SecureLog, board.NormalLog));
        Say(rows.Last!.ToString());
    }

    /// <summary>Ends a boot.</summary>
    /// <returns>From the command to the end; null for a hang.</returns>
    private static async Task<TimeSpan?> EndAsync(EmulatedBoard board, string end)
    {
        if (string.Equals(end, "cut", StringComparison.Ordinal))
        {
            await board.CutPowerAsync();
            return TimeSpan.Zero;
        }

        long started = Stopwatch.GetTimestamp();
        await board.StartScriptAsync("systemctl " + end);
        try
        {
            await board.WaitForPowerOffAsync(Patience);
            return Stopwatch.GetElapsedTime(started);
        }
        catch (BoardException error)
        {
            Say(error.Message);
            return null;
        }
    }
}
