// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using TpmReady.Diagnosis.Codes;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Report;

/// <summary>The report for people: what is wrong, what to change, and the lines that say so.</summary>
/// <param name="writer">Where to.</param>
/// <param name="width">Columns.</param>
/// <param name="colour">Whether to use colour: for the severity only, where it helps to find the worst.</param>
public sealed class TextReport(TextWriter writer, int width, bool colour)
{
    private const int Narrowest = 40;
    private const string Indent = "  ";

    private readonly int _width = Math.Max(width, Narrowest);

    /// <summary>Writes a report.</summary>
    /// <param name="boots">The boots.</param>
    /// <param name="files">Names of the files, by index.</param>
    public void Write(IReadOnlyList<BootReport> boots, IReadOnlyList<string> files)
    {
        ArgumentNullException.ThrowIfNull(boots);
        ArgumentNullException.ThrowIfNull(files);
        if (boots.All(boot => boot.Findings.Count == 0))
        {
            writer.WriteLine("No problem with a TPM in this log.");
            return;
        }

        bool first = true;
        foreach (BootReport boot in boots)
        {
            foreach (Finding finding in boot.Findings)
            {
                if (!first)
                {
                    writer.WriteLine();
                }

                first = false;
                Write(finding, boots.Count > 1 ? boot.Number : 0, files);
            }
        }
    }

    private void Write(Finding finding, int boot, IReadOnlyList<string> files)
    {
        string sub = finding.SubCause is null ? "" : $" ({finding.SubCause})";
        string place = boot > 0 ? string.Create(CultureInfo.InvariantCulture, $", boot {boot}") : "";
        string lost = finding.Seconds is { } seconds ? $", {Wire.Seconds(seconds)} lost" : "";
        writer.WriteLine(
            $"{Painted(finding.Severity)}: {finding.Id}{sub} [{Wire.Of(finding.Confidence)}, {Wire.Of(finding.Phase)}{place}{lost}]");
        Wrapped("Cause:  ", finding.Cause);
        Wrapped("Remedy: ", finding.Remedy);
        foreach (Signal line in finding.Evidence)
        {
            Evidence(line, files);
        }

        foreach (string code in Codes(finding))
        {
            Wrapped("Code:   ", code);
        }

        foreach (Consequence consequence in finding.Consequences)
        {
            Wrapped("So:     ", consequence.Text);
        }
    }

    private void Evidence(Signal line, IReadOnlyList<string> files)
    {
        string file = files.Count > 1 ? Path.GetFileName(files.ElementAtOrDefault(line.File) ?? "") + ":" : "";
        string place = string.Create(CultureInfo.InvariantCulture, $"{Indent}{file}{line.Line}: ");
        int room = Math.Max(_width - place.Length, 20);
        string text = line.Text.Length <= room ? line.Text : line.Text[..(room - 1)] + "…";
        writer.WriteLine(place + text);
    }

    /// <summary>The codes in the evidence, each told once.</summary>
    private static IEnumerable<string> Codes(Finding finding) =>
        finding.Evidence
            .Where(line => line.Code is not null && line.Kind != SignalKind.StorageCommitted)
            .SelectMany(line => CodeDecoder.Decode(string.Create(CultureInfo.InvariantCulture, $"0x{line.Code:x}")).Take(1))
            .Select(reading => $"{reading.Number} is {reading.Name}: {reading.Here ?? reading.Meaning}")
            .Distinct(StringComparer.Ordinal);

    private void Wrapped(string label, string text)
    {
        string lead = Indent + label;
        int room = _width - lead.Length;
        string rest = text;
        while (rest.Length > 0)
        {
            int cut = rest.Length <= room ? rest.Length : rest.LastIndexOf(' ', room);
            cut = cut <= 0 ? Math.Min(room, rest.Length) : cut;
            writer.WriteLine(lead + rest[..cut]);
            rest = rest[cut..].TrimStart(' ');
            lead = new string(' ', lead.Length);
        }
    }

    private string Painted(Severity severity)
    {
        string word = Wire.Of(severity);
        if (!colour)
        {
            return word;
        }

        string sequence = severity switch
        {
            Severity.Fatal or Severity.Stall => "\e[1;31m",
            Severity.Degraded => "\e[1;33m",
            _ => "\e[1m",
        };
        return $"{sequence}{word}\e[0m";
    }
}
