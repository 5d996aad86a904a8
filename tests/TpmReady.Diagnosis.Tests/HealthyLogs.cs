// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace TpmReady.Diagnosis.Tests;

/// <summary>Boots whose TPM is fine, or absent and not wanted, and troubles that machines have besides.</summary>
internal static partial class HealthyLogs
{
    private static readonly Dictionary<string, string[]> Written = Sections("healthy.txt")
        .ToDictionary(section => section.Name, section => section.Lines, StringComparer.Ordinal);

    /// <summary>By name: those of healthy.txt, and whole boots that were recorded on the emulated board.</summary>
    public static IReadOnlyList<(string Name, Entry[] Boot)> Machines { get; } =
    [
        .. Written.Where(section => section.Key is not "user space")
            .Select(section => (section.Key, section.Value.SelectMany(Expand).Select(Read).ToArray())),
        .. Directory.EnumerateFiles(TestData.Path("board/healthy"), "*.log.xz").Order(StringComparer.Ordinal)
            .Select(path => (Path.GetFileName(path), TestData.Lines(path).Select(ReadMonotonic).OfType<Entry>().ToArray())),
    ];

    /// <summary>Each a few lines; the times are seconds after the line before, times a thousand.</summary>
    public static IReadOnlyList<Entry[]> Troubles { get; } =
        [.. Sections("troubles.txt").Select(section => section.Lines.Select(Read).ToArray())];

    private static IEnumerable<string> Expand(string line) => line[0] == '@' ? Written[line[1..]] : [line];

    private static Entry Read(string line)
    {
        Match match = WrittenLine().Match(line);
        int pid = match.Groups["pid"].Success ? int.Parse(match.Groups["pid"].Value, CultureInfo.InvariantCulture) : 0;
        double seconds = double.Parse(match.Groups["at"].Value, CultureInfo.InvariantCulture);
        return new(seconds, match.Groups["who"].Value, pid, match.Groups["what"].Value);
    }

    /// <summary>A line of "journalctl -o short-monotonic", or null for its notes between boots.</summary>
    private static Entry? ReadMonotonic(string line)
    {
        Match match = MonotonicLine().Match(line);
        return match.Success ? Read($"{match.Groups["at"].Value} {match.Groups["rest"].Value}") : null;
    }

    private static IEnumerable<(string Name, string[] Lines)> Sections(string file) =>
        File.ReadAllText(TestData.Path(file)).Split("\n===").Skip(1).Select(section =>
        {
            string[] lines = section.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return section[0] == '\n' ? ("", lines) : (lines[0].Trim(), lines[1..]);
        });

    [GeneratedRegex(
        @"^(?<at>[\d.]+) (?<who>\S+?)(\[(?<pid>\d+)\])?: (?<what>.*)$", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex WrittenLine();

    [GeneratedRegex(@"^\[ *(?<at>[\d.]+)\] \S+ (?<rest>\S+?: .*)$", RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex MonotonicLine();
}
