// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Reading;

namespace TpmReady.Diagnosis.Report;

/// <summary>From files to what was found in them.</summary>
public static class LogAnalysis
{
    /// <summary>
    /// Explains files that are views of the same boots. With one file each boot is judged when it ends, and forgotten: memory
    /// does not grow with the number of boots but by their findings.
    /// </summary>
    /// <param name="files">The names; <paramref name="open"/> knows what they mean.</param>
    /// <param name="open">Opens a file as it lies there, compressed or not.</param>
    /// <param name="progress">Called with the bytes read so far, or null.</param>
    /// <returns>One report per boot.</returns>
    /// <exception cref="IOException">A file could not be read.</exception>
    /// <exception cref="InvalidDataException">A compressed file is damaged.</exception>
    public static IReadOnlyList<BootReport> Explain(
        IReadOnlyList<string> files, Func<string, Stream> open, Action<long>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        List<BootReport> reports = [];
        bool one = files.Count == 1;
        BootCollector collector = new(withSpans: false, one ? boot => Keep(reports, BootReport.Of(boot)) : null);
        Read(files, open, collector, all: false, progress);
        collector.Finish();
        foreach (Boot boot in collector.Boots)
        {
            Keep(reports, BootReport.Of(boot));
        }

        return reports;
    }

    /// <summary>Reads files for a plot or a comparison: every unit's times are kept.</summary>
    /// <param name="files">The names.</param>
    /// <param name="open">Opens a file.</param>
    /// <param name="progress">Called with the bytes read so far, or null.</param>
    /// <returns>The boots.</returns>
    public static IReadOnlyList<Boot> Boots(
        IReadOnlyList<string> files, Func<string, Stream> open, Action<long>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(files);
        BootCollector collector = new(withSpans: true);
        Read(files, open, collector, all: true, progress);
        return collector.Boots;
    }

    private static void Read(
        IReadOnlyList<string> files, Func<string, Stream> open, BootCollector collector, bool all, Action<long>? progress)
    {
        ArgumentNullException.ThrowIfNull(open);
        long before = 0;
        for (int index = 0; index < files.Count; index++)
        {
            collector.BeginFile();
            long start = before;
            LogReader reader = new(index, collector, all)
            {
                Progress = progress is null ? null : bytes => progress(start + bytes),
            };
            using Stream stream = LogDecoder.Open(open(files[index]));
            reader.Read(stream);
            before += reader.Bytes;
        }
    }

    /// <summary>A file with a million boots would fill the memory with reports of nothing.</summary>
    private static void Keep(List<BootReport> reports, BootReport report)
    {
        if (reports.Count < LogLimits.Boots)
        {
            reports.Add(report);
        }
        else if (report.Findings.Count > 0)
        {
            int empty = reports.FindIndex(known => known.Findings.Count == 0);
            if (empty >= 0)
            {
                reports[empty] = report;
            }
        }
    }
}
