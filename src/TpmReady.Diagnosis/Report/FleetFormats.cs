// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using TpmReady.Diagnosis.Findings;

namespace TpmReady.Diagnosis.Report;

/// <summary>Many logs at once, for fleet tools.</summary>
public static class FleetFormats
{
    /// <summary>One JSON object per log and line, as <see cref="JsonReport"/> writes it.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="entry">The log.</param>
    public static void JsonLine(Stream stream, FleetEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        JsonReport.Write(stream, entry.Boots, [entry.Log], indented: false, entry.Error);
    }

    /// <summary>
    /// Prometheus text (exposition format 0.0.4), for node_exporter's textfile collector.
    /// </summary>
    /// <param name="writer">Where to.</param>
    /// <param name="entries">The logs.</param>
    public static void Prometheus(TextWriter writer, IReadOnlyList<FleetEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(entries);
        writer.WriteLine("# HELP tpmready_logs Logs that were analysed.");
        writer.WriteLine("# TYPE tpmready_logs gauge");
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"tpmready_logs {entries.Count(entry => entry.Error is null)}"));
        writer.WriteLine("# HELP tpmready_logs_unreadable Logs that could not be read.");
        writer.WriteLine("# TYPE tpmready_logs_unreadable gauge");
        writer.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"tpmready_logs_unreadable {entries.Count(entry => entry.Error is not null)}"));
        writer.WriteLine("# HELP tpmready_logs_with_finding Logs in which a finding occurs.");
        writer.WriteLine("# TYPE tpmready_logs_with_finding gauge");
        foreach (string id in FindingIds.All)
        {
            int count = entries.Count(entry => entry.Boots.Any(boot => boot.Findings.Any(finding => finding.Id == id)));
            if (count > 0)
            {
                writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"tpmready_logs_with_finding{{id=\"{id}\"}} {count}"));
            }
        }

        writer.WriteLine("# HELP tpmready_log_wait_seconds Seconds that a boot lost with its TPM.");
        writer.WriteLine("# TYPE tpmready_log_wait_seconds gauge");
        foreach (FleetEntry entry in entries.Where(entry => entry.Seconds is not null))
        {
            writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"tpmready_log_wait_seconds{{log=\"{Label(entry.Log)}\"}} {entry.Seconds:F3}"));
        }
    }

    private static string Label(string text)
    {
        StringBuilder escaped = new(text.Length);
        foreach (char letter in text)
        {
            _ = letter switch
            {
                '\\' => escaped.Append(@"\\"),
                '"' => escaped.Append("\\\""),
                '\n' => escaped.Append("\\n"),
                _ => escaped.Append(letter),
            };
        }

        return escaped.ToString();
    }
}
