// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Board.Disks;

namespace TpmReady.Board.Tool.PowerCuts;

/// <summary>
/// Boots, checks what the cuts before have left, writes, cuts the power, and again. A row is written when the next boot has
/// checked that cut, so a run that is ended at any time leaves rows of finished checks only.
/// </summary>
/// <remarks>
/// A boot takes many times longer than a check. So several times in each boot the emulator is frozen, everything that had
/// left it is read, the disk as a power cut would leave it is copied, and the emulator goes on: what is set aside is what
/// killing it at that moment would have left. The next boot checks the copies one after the other. At the end of each
/// boot the emulator is killed, and the next goes on with what that left.
/// </remarks>
internal sealed class PowerCutSeries(PowerCutPlan plan, BoardArtifacts artifacts) : IDisposable
{
    // The TPM's share of a boot costs more than all the rest.
    private const int BootsPerTpm = 4;

    private const int CopiesPerBoot = 4;
    private const int LongestPauseMs = 1200;
    private const int MostFlushes = 6;

    // What has left the emulator lies in a socket, and is read within a moment.
    private const int ReadingMs = 150;

    // Something is wrong with the board or the machine, and trying on would only hide it.
    private const int MostFailures = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Random _random = new();
    private readonly List<PendingCut> _copies = [];
    private Acknowledged _acknowledged = new();
    private PowerCutRow? _killed;
    private string? _state;
    private int _boots;
    private int _cuts;
    private int _rows;

    private string Store => Path.Combine(_state!, "store.img");

    /// <summary>Goes on until the file has as many rows as were asked for.</summary>
    /// <exception cref="BoardException">Board after board could not be used.</exception>
    public async Task RunAsync()
    {
        _rows = File.Exists(plan.Rows)
            ? File.ReadLines(plan.Rows).Count(line => line.StartsWith("cut|", StringComparison.Ordinal))
            : 0;
        int failures = 0;
        while (_rows < plan.Cuts)
        {
            try
            {
                await BootAsync().ConfigureAwait(false);
                failures = 0;
            }
            catch (BoardException error)
            {
                // Told on the page: whatever it was, it was no check that passed.
                await File.AppendAllTextAsync(plan.Rows, $"failed|{error.Message.Split('\n')[0].Replace('|', '/')}\n")
                    .ConfigureAwait(false);
                await Console.Error.WriteLineAsync(error.Message).ConfigureAwait(false);
                Dispose();
                if (++failures == MostFailures)
                {
                    throw;
                }
            }
        }
    }

    /// <summary>Throws the store away; the next boot begins with a new one.</summary>
    public void Dispose()
    {
        if (_state is not null)
        {
            Directory.Delete(_state, recursive: true);
            _state = null;
        }
    }

    private async Task BootAsync()
    {
        if (_state is null)
        {
            _killed = null;
            _copies.Clear();
            _acknowledged = new Acknowledged();
            _boots = 0;
            _state = Directory.CreateTempSubdirectory("tpmready-cuts-").FullName;
            await StoreImage.MakeAsync(Store, plan.FileSystem).ConfigureAwait(false);
        }

        long started = Stopwatch.GetTimestamp();
        VolatileDisk disk = VolatileDisk.Start(Store, plan.Liar);
        await using (disk.ConfigureAwait(false))
        {
            EmulatedBoard board = await EmulatedBoard.StartAsync(
                plan.Board with { StateDirectory = _state, StoreSocket = disk.SocketPath }, artifacts).ConfigureAwait(false);
            await using (board.ConfigureAwait(false))
            {
                PowerCutGuest guest = new(board, plan);
                await guest.PrepareAsync().ConfigureAwait(false);
                if (await CheckAsync(guest, disk).ConfigureAwait(false))
                {
                    double checkedAfter = Stopwatch.GetElapsedTime(started).TotalSeconds;
                    await CutAsync(board, guest, disk).ConfigureAwait(false);
                    double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
                    await TellAsync(
                        $"up after {board.AgentReadyAfter.TotalSeconds:0} s, checked after {checkedAfter:0} s, cut after {seconds:0} s")
                        .ConfigureAwait(false);
                    return;
                }
            }
        }

        // Nothing more can be learnt from a store that does not open.
        Dispose();
    }

    /// <summary>Checks the disk that was cut last, and the copies; whether the store can be used.</summary>
    private async Task<bool> CheckAsync(PowerCutGuest guest, VolatileDisk disk)
    {
        if (_killed is null)
        {
            _acknowledged.Note(await guest.FillAsync().ConfigureAwait(false));
            return true;
        }

        PowerCutCheck check = await guest.CheckAsync(_acknowledged).ConfigureAwait(false);

        // Not in the order of their making, so that nothing that is remembered from one can pass for the next.
        PendingCut[] copies = [.. _copies];
        _copies.Clear();
        _random.Shuffle(copies);
        foreach (PendingCut copy in copies)
        {
            await guest.ChangeAsync(disk, copy.Image).ConfigureAwait(false);
            await AppendAsync(copy.Row, await guest.CheckAsync(copy.Acknowledged).ConfigureAwait(false)).ConfigureAwait(false);
        }

        await guest.ChangeAsync(disk, Store).ConfigureAwait(false);
        foreach (PendingCut copy in copies)
        {
            File.Delete(copy.Image);
        }

        if (_killed.WithTpm && check.Opens && !await guest.TpmHasCountedAsync(_acknowledged).ConfigureAwait(false))
        {
            check = check with { Lost = check.Lost + 1, Words = check.Words + " The TPM's counter went back." };
        }

        await AppendAsync(_killed, check).ConfigureAwait(false);
        return check.Opens;
    }

    /// <summary>Writes, sets copies aside at random moments, and kills the emulator at another.</summary>
    private async Task CutAsync(EmulatedBoard board, PowerCutGuest guest, VolatileDisk disk)
    {
        bool withTpm = _boots++ % BootsPerTpm == 0;
        int acknowledged = 0;
        long flushes = disk.Flushes;
        await guest.WriteAsync(_acknowledged, withTpm).ConfigureAwait(false);
        for (int copy = 0; copy < CopiesPerBoot; copy++)
        {
            await Task.Delay(_random.Next(LongestPauseMs)).ConfigureAwait(false);
            await PauseAsync(disk).ConfigureAwait(false);
            await board.FreezeAsync().ConfigureAwait(false);
            await Task.Delay(ReadingMs).ConfigureAwait(false);
            Acknowledged told = new(_acknowledged);
            int count = told.Note(guest.Answers);
            string image = Path.Combine(_state!, FormattableString.Invariant($"copy-{copy}.img"));
            Survival survival = NextSurvival();
            CutOutcome outcome = disk.SetAside(image, survival, _random);
            _copies.Add(new PendingCut(
                new PowerCutRow("frozen", survival, WithTpm: false, count - acknowledged, disk.Flushes - flushes, outcome, default),
                told,
                image));
            (acknowledged, flushes) = (count, disk.Flushes);
            await board.ThawAsync().ConfigureAwait(false);
            disk.Resume();
        }

        await Task.Delay(_random.Next(LongestPauseMs)).ConfigureAwait(false);
        await PauseAsync(disk).ConfigureAwait(false);
        await board.CutPowerAsync().ConfigureAwait(false);
        await guest.ReadLastWordsAsync().ConfigureAwait(false);
        Survival last = NextSurvival();
        CutOutcome lost = disk.Cut(last, _random);
        disk.Resume();
        int all = _acknowledged.Note(guest.Answers);
        _killed = new PowerCutRow("killed", last, withTpm, all - acknowledged, disk.Flushes - flushes, lost, default);
    }

    // The guest computes most of the time, and a moment at which nothing is unflushed tells little about a disk's cache.
    private async Task PauseAsync(VolatileDisk disk)
    {
        int flush = _random.Next(MostFlushes + 1);
        try
        {
            await (flush == 0 ? disk.PauseAsync() : disk.PauseAtFlushAsync(flush)).WaitAsync(Patience).ConfigureAwait(false);
        }
        catch (TimeoutException error)
        {
            throw new BoardException("nobody flushed any more", error);
        }
    }

    private Survival NextSurvival() => _cuts++ % 2 == 0 ? Survival.Nothing : Survival.Anything;

    private async Task AppendAsync(PowerCutRow row, PowerCutCheck check)
    {
        await File.AppendAllTextAsync(plan.Rows, (row with { Check = check }).ToString()).ConfigureAwait(false);
        _rows++;
    }

    private Task TellAsync(FormattableString text) => Console.Error.WriteLineAsync(
        $"{plan.FileSystem} {plan.Mode} {plan.Board.Supplicant}: {_rows.ToString(CultureInfo.InvariantCulture)} rows; {text.ToString(CultureInfo.InvariantCulture)}");
}
