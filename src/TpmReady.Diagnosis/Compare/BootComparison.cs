// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Plot;
using TpmReady.Diagnosis.Report;

namespace TpmReady.Diagnosis.Compare;

/// <summary>What changed between two boots, the change that matters first.</summary>
public static class BootComparison
{
    // A change of the seconds weighs its seconds; a finding weighs more than any wait, the worse the more.
    private const double FindingWeight = 10_000;
    private const double OutcomeWeight = 1_000;
    private const double TpmFactor = 4;

    // Two boots of one machine differ by this much without a cause.
    private const double LeastSeconds = 0.2;
    private const double LeastShare = 0.2;
    private const int Most = 40;

    /// <summary>Compares.</summary>
    /// <param name="before">The first boot, with the times of its units.</param>
    /// <param name="after">The second boot.</param>
    /// <returns>The changes, the heaviest first; empty when nothing changed that counts.</returns>
    public static IReadOnlyList<BootChange> Of(Boot before, Boot after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        List<BootChange> changes = [.. Findings(before, after), .. Phases(before, after), .. Units(before, after)];
        return [.. changes.OrderByDescending(change => change.Weight).Take(Most)];
    }

    private static IEnumerable<BootChange> Findings(Boot before, Boot after)
    {
        Dictionary<string, Finding> first = BootDiagnosis.Of(before).ToDictionary(finding => finding.Id, StringComparer.Ordinal);
        Dictionary<string, Finding> second = BootDiagnosis.Of(after).ToDictionary(finding => finding.Id, StringComparer.Ordinal);
        foreach (string id in first.Keys.Union(second.Keys, StringComparer.Ordinal))
        {
            Finding? was = first.GetValueOrDefault(id);
            Finding? now = second.GetValueOrDefault(id);
            if (was is null || now is null)
            {
                double weight = FindingWeight * ((int)(was ?? now)!.Severity + 1);
                yield return new BootChange(
                    "finding", id, was is null ? null : Wire.Of(was.Severity), now is null ? null : Wire.Of(now.Severity), now?.Seconds, weight);
            }
        }
    }

    private static IEnumerable<BootChange> Phases(Boot before, Boot after)
    {
        Dictionary<string, PlotLane> first = BootPlot.Of(before).Lanes.ToDictionary(lane => lane.Name, StringComparer.Ordinal);
        foreach (PlotLane lane in BootPlot.Of(after).Lanes)
        {
            if (first.TryGetValue(lane.Name, out PlotLane? was) && Differs(was.End - was.Start, lane.End - lane.Start, out double more))
            {
                yield return new BootChange(
                    "phase", lane.Name, Wire.Seconds(was.End - was.Start), Wire.Seconds(lane.End - lane.Start), more, Math.Abs(more));
            }
        }
    }

    private static IEnumerable<BootChange> Units(Boot before, Boot after)
    {
        Dictionary<(string, Phase), UnitSpan> first = Longest(before);
        Dictionary<(string, Phase), UnitSpan> second = Longest(after);
        foreach (((string unit, Phase phase) key, UnitSpan now) in second)
        {
            bool tpm = Names.TpmNode(key.unit) is not null || Names.IsSystemdConsumer(key.unit) || Names.IsSupplicant(key.unit) ||
                Names.IsTpmTarget(key.unit);
            if (!first.TryGetValue(key, out UnitSpan? was))
            {
                continue;
            }

            string name = $"{key.unit} ({Wire.Of(key.phase)})";
            if (was.Outcome != now.Outcome && was.Outcome != UnitOutcome.Open && now.Outcome != UnitOutcome.Open)
            {
                yield return new BootChange(
                    "outcome", name, Wire.Of(was.Outcome), Wire.Of(now.Outcome), null, OutcomeWeight * (tpm ? TpmFactor : 1));
            }
            else if (Differs(Length(was), Length(now), out double more))
            {
                yield return new BootChange(
                    "unit", name, Wire.Seconds(Length(was)), Wire.Seconds(Length(now)), more, Math.Abs(more) * (tpm ? TpmFactor : 1));
            }
        }
    }

    private static Dictionary<(string, Phase), UnitSpan> Longest(Boot boot) =>
        boot.Spans.Where(span => span.End is not null)
            .GroupBy(span => (span.Unit, span.Phase))
            .ToDictionary(group => group.Key, group => group.MaxBy(Length)!);

    private static double Length(UnitSpan span) => span.End is { } end ? end.Seconds - span.Start.Seconds : 0;

    private static bool Differs(double before, double after, out double more)
    {
        more = after - before;
        return Math.Abs(more) >= LeastSeconds && Math.Abs(more) >= LeastShare * Math.Max(before, after);
    }
}
