// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

namespace TpmReady.Board.Tests.Scenarios;

/// <summary>What one boot and shutdown of a scenario showed.</summary>
public sealed record ScenarioResult
{
    private const string RowsFile = "rows";

    /// <summary>The machine.</summary>
    public required Scenario Scenario { get; init; }

    /// <summary>Who took care of the TPM.</summary>
    public required ScenarioColumn Column { get; init; }

    /// <summary>The boot's journal.</summary>
    public required BootRecord Record { get; init; }

    /// <summary>How the TPM's users fared, in the order in which they come.</summary>
    public required IReadOnlyList<ConsumerRun> Consumers { get; init; }

    /// <summary>Whether PCR 11 is what the measurements that systemd has logged make of it.</summary>
    public required bool IsPcrAsLogged { get; init; }

    /// <summary>Panics of TAs until everything had started.</summary>
    public required int PanicsInBoot { get; init; }

    /// <summary>Panics of TAs from then to power-off.</summary>
    public required int PanicsInShutdown { get; init; }

    /// <summary>From <c>systemctl poweroff</c> to no power.</summary>
    public required TimeSpan PowerOff { get; init; }

    /// <summary>Those that have not measured.</summary>
    public IReadOnlyList<ConsumerRun> Unsuccessful =>
        [.. Consumers.Where(static run => run.Outcome != ConsumerOutcome.Succeeded)];

    /// <summary>Boots, looks, and shuts down.</summary>
    public static async Task<ScenarioResult> OfAsync(Scenario scenario, ScenarioColumn column, EmulatedBoard board)
    {
        string name = $"{scenario.Name}-{column.ToString().ToLowerInvariant()}";
        await board.WaitForSystemAsync();
        string journal = await board.RunAsync("journalctl -b -o short-monotonic --no-pager");
        BootRecord record = new(journal);
        ScenarioResult result = new()
        {
            Scenario = scenario,
            Column = column,
            Record = record,
            Consumers = [.. scenario.Consumers.Select(record.RunOf)],
            IsPcrAsLogged = await MeasurementLog.IsPcrAsLoggedAsync(board),
            PanicsInBoot = Panics(board),
            PanicsInShutdown = 0,
            PowerOff = TimeSpan.Zero,
        };
        await KeepLogsAsync(name, journal, board);
        long started = Stopwatch.GetTimestamp();
        await board.PowerOffAsync();
        TimeSpan powerOff = Stopwatch.GetElapsedTime(started);
        await KeepLogsAsync(name, journal, board);
        result = result with { PowerOff = powerOff, PanicsInShutdown = Panics(board) - result.PanicsInBoot };
        await KeepRowsAsync(name, [result.Row(), .. result.ConsumerRows()]);
        return result;
    }

    /// <summary>The row of the table, its cells separated by bars.</summary>
    public string Row()
    {
        (double wait, string unit) = Record.LongestWait;
        int measured = Consumers.Count - Unsuccessful.Count;
        return string.Join(
            '|',
            "scenario",
            Scenario.Name,
            Column,
            string.Create(CultureInfo.InvariantCulture, $"{measured} of {Consumers.Count}"),
            Record.FailedCommands.Count,
            PanicsInBoot,
            Record.TimeOuts.Count,
            Seconds(wait),
            Seconds(Record.MultiUserAt),
            IsPcrAsLogged ? "yes" : "no",
            PanicsInShutdown,
            Seconds(PowerOff.TotalSeconds),
            Scenario.What,
            unit,
            Record.LastWord?.Replace('|', '/') ?? "");
    }

    /// <summary>How each user fared, a line each, its cells separated by bars.</summary>
    public IEnumerable<string> ConsumerRows() => Consumers.Select(run => string.Join(
        '|',
        "consumer",
        Scenario.Name,
        Column,
        run.Name.IsInInitrd ? "initrd" : "host",
        run.Name.Unit,
        run.Outcome,
        Seconds(run.BeganAt),
        Seconds(run.EndedAt),
        Seconds(Record.AnsweredAt(run.Name.IsInInitrd))));

    /// <summary>The rows of the boot whose logs are kept, for bench/scenarios.</summary>
    internal static Task KeepRowsAsync(string name, IEnumerable<string> rows) =>
        File.WriteAllLinesAsync(Path.Combine(LogDirectory(name), RowsFile), rows);

    private static string LogDirectory(string name) => Path.Combine(Repository.Root, "artifacts", "scenarios", name);

    /// <summary>The journal, and the consoles of both worlds; a boot that hangs at its end has them, too.</summary>
    internal static async Task KeepLogsAsync(string name, string journal, EmulatedBoard board)
    {
        string directory = LogDirectory(name);
        Directory.CreateDirectory(directory);
        File.Delete(Path.Combine(directory, RowsFile));
        await File.WriteAllTextAsync(Path.Combine(directory, "journal.log"), journal);
        await File.WriteAllTextAsync(Path.Combine(directory, "normal.log"), board.NormalLog);
        await File.WriteAllTextAsync(Path.Combine(directory, "secure.log"), board.SecureLog);
    }

    private static int Panics(EmulatedBoard board) => Regex.Count(
        board.SecureLog, "TA panicked", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    private static string Seconds(double? value) => value?.ToString("0.0", CultureInfo.InvariantCulture) ?? "";
}
