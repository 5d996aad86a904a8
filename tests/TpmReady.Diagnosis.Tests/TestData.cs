// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Reading;
using TpmReady.Diagnosis.Report;

namespace TpmReady.Diagnosis.Tests;

/// <summary>Logs that tests read: files beside the test program, and texts.</summary>
internal static class TestData
{
    /// <summary>Path of a file below Data.</summary>
    public static string Path(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "Data", name);

    /// <summary>Lines of a table with tabs, without comments.</summary>
    public static IEnumerable<string[]> Table(string name) =>
        File.ReadLines(Path(name)).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('\t'));

    /// <summary>Lines of a log, compressed or not, a character for every byte.</summary>
    public static IEnumerable<string> Lines(string path)
    {
        using StreamReader reader = new(LogDecoder.Open(File.OpenRead(path)), Encoding.Latin1);
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    /// <summary>Findings of all boots of files.</summary>
    public static IReadOnlyList<Finding> Explain(params IReadOnlyList<string> files) =>
        [.. LogAnalysis.Explain(files, File.OpenRead).SelectMany(boot => boot.Findings)];

    /// <summary>Findings of a text.</summary>
    public static IReadOnlyList<Finding> ExplainText(string text) => ExplainBytes(Encoding.UTF8.GetBytes(text));

    /// <summary>Findings of bytes.</summary>
    public static IReadOnlyList<Finding> ExplainBytes(byte[] bytes) =>
        [.. LogAnalysis.Explain(["-"], _ => new MemoryStream(bytes)).SelectMany(boot => boot.Findings)];

    /// <summary>The id that a reader takes away: the first finding above a note, else the first, else "-".</summary>
    public static string Top(IReadOnlyList<Finding> findings) => findings.Count == 0 ? "-" : findings[0].Id;

    /// <summary>The excerpts of variants.txt: id, sub-cause or empty, text.</summary>
    public static IEnumerable<(string Id, string SubCause, string Text)> Variants()
    {
        string[] parts = ("\n" + File.ReadAllText(Path("variants.txt"))).Split("\n=== ");
        foreach (string part in parts.Skip(1))
        {
            int end = part.IndexOf('\n', StringComparison.Ordinal);
            string[] head = part[..end].Split(' ');
            yield return (head[0], head.Length > 1 ? head[1] : "", part[(end + 1)..]);
        }
    }
}
