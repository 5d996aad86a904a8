// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Spectre.Console;
using TpmReady.Cli.Terminal;
using TpmReady.Diagnosis.Report;

namespace TpmReady.Cli.Commands;

/// <summary>Many logs at once.</summary>
internal static class Fleet
{
    /// <summary>Explains every file below a directory.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="jobs">How many at once.</param>
    /// <param name="json">Whether to write JSON Lines in place of a table.</param>
    /// <param name="prometheus">Where to write Prometheus text, or null.</param>
    public static int Explain(string directory, int jobs, bool json, string? prometheus)
    {
        EnumerationOptions options = new() { RecurseSubdirectories = true, IgnoreInaccessible = true };
        string[] logs = [.. Directory.EnumerateFiles(directory, "*", options).Order(StringComparer.Ordinal)];
        FleetEntry[] entries = Work(logs, jobs);
        if (json)
        {
            using BufferedStream output = new(Console.OpenStandardOutput());
            foreach (FleetEntry entry in entries)
            {
                FleetFormats.JsonLine(output, entry);
            }
        }
        else
        {
            Table(directory, entries);
        }

        if (prometheus is not null)
        {
            WriteWhole(prometheus, entries);
        }

        return entries.Any(entry => entry.Error is not null) ? ExitCodes.Unreadable : ExitCodes.Success;
    }

    /// <summary>Threads that take one log after the other, so that one long log holds up no others.</summary>
    private static FleetEntry[] Work(string[] logs, int jobs)
    {
        FleetEntry[] entries = new FleetEntry[logs.Length];
        int next = -1;
        void Take()
        {
            for (int at = Interlocked.Increment(ref next); at < logs.Length; at = Interlocked.Increment(ref next))
            {
                entries[at] = FleetEntry.Of(logs[at], LogFiles.Open);
            }
        }

        Thread[] threads = [.. Enumerable.Range(0, Math.Min(jobs, Math.Max(logs.Length, 1))).Select(_ => new Thread(Take))];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        return entries;
    }

    private static void Table(string directory, FleetEntry[] entries)
    {
        Table table = new() { Border = TableBorder.None };
        table.AddColumn("LOG").AddColumn("FINDING").AddColumn("SEVERITY").AddColumn(new TableColumn("SECONDS").RightAligned());
        foreach (FleetEntry entry in entries)
        {
            string finding = entry.Error is null ? entry.Worst?.Id ?? "-" : "unreadable";
            string severity = entry.Worst is { } worst ? Wire.Of(worst.Severity) : "-";
            string seconds = entry.Seconds?.ToString("F1", CultureInfo.InvariantCulture) ?? "-";
            table.AddRow(
                new Text(Path.GetRelativePath(directory, entry.Log)), new Text(finding), new Text(severity), new Text(seconds));
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = TerminalStyle.Colour ? AnsiSupport.Yes : AnsiSupport.No,
            Out = new AnsiConsoleOutput(Console.Out),
        });
        console.Profile.Width = Console.IsOutputRedirected ? 400 : TerminalStyle.Width;
        console.Write(table);
        int withFindings = entries.Count(entry => entry.Worst is not null);
        int unreadable = entries.Count(entry => entry.Error is not null);
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{entries.Length} logs, {withFindings} with findings, {unreadable} unreadable"));
    }

    /// <summary>By way of a rename, as the textfile collector reads at any moment.</summary>
    private static void WriteWhole(string path, FleetEntry[] entries)
    {
        string temporary = path + ".tmp";
        using (StreamWriter writer = new(temporary))
        {
            FleetFormats.Prometheus(writer, entries);
        }

        File.Move(temporary, path, overwrite: true);
    }
}
