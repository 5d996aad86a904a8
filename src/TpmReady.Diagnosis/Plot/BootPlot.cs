// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Reading;

namespace TpmReady.Diagnosis.Plot;

/// <summary>What a plot of a boot shows: lanes on one axis, and the findings at their moments.</summary>
public sealed class BootPlot
{
    private const int MostTpmRows = 40;
    private const int MostOtherRows = 15;
    private const double ShortestOther = 0.05;

    private static readonly (string Name, Phase[] Phases)[] LaneNames =
    [
        ("firmware", [Phase.Firmware]),
        ("kernel", [Phase.Kernel]),
        ("initrd", [Phase.Initrd, Phase.SwitchRoot]),
        ("host", [Phase.Host, Phase.Runtime, Phase.Unknown]),
        ("shutdown", [Phase.Shutdown]),
    ];

    private BootPlot(double seconds, IReadOnlyList<PlotLane> lanes, IReadOnlyList<(Finding Finding, double? At)> findings)
    {
        Seconds = seconds;
        Lanes = lanes;
        Findings = findings;
    }

    /// <summary>Length of the axis in seconds.</summary>
    public double Seconds { get; }

    /// <summary>The lanes; those of which the log shows nothing are left out.</summary>
    public IReadOnlyList<PlotLane> Lanes { get; }

    /// <summary>The findings and their moments on the axis, where the log tells them.</summary>
    public IReadOnlyList<(Finding Finding, double? At)> Findings { get; }

    /// <summary>Makes the plot of a boot.</summary>
    /// <param name="boot">The boot, with the times of its units.</param>
    public static BootPlot Of(Boot boot)
    {
        ArgumentNullException.ThrowIfNull(boot);
        LogTime first = boot.First ?? new LogTime(LogClock.Boot, 0);
        double seconds = Math.Max(boot.Seconds ?? 0, 0.001);
        double At(LogTime time) => Math.Clamp(time.Seconds - first.Seconds, 0, seconds);

        List<PlotLane> lanes = [];
        foreach ((string name, Phase[] phases) in LaneNames)
        {
            List<UnitSpan> spans = [.. boot.Spans.Where(span => phases.Contains(span.Phase) && span.Start.IsComparable(first))];
            double? start = phases
                .Where(phase => boot.PhaseStarts.TryGetValue(phase, out LogTime time) && time.IsComparable(first))
                .Min(phase => (double?)At(boot.PhaseStarts[phase]));
            if (start is null && spans.Count == 0)
            {
                continue;
            }

            double from = start ?? spans.Min(span => At(span.Start));
            (List<PlotRow> rows, int left) = Rows(spans, At, seconds);
            lanes.Add(new PlotLane(name, from, seconds, rows, left));
        }

        List<PlotLane> bounded = [.. lanes.Select((lane, index) =>
            lane with { End = index + 1 < lanes.Count ? Math.Max(lanes[index + 1].Start, lane.Start) : seconds })];
        List<(Finding, double?)> findings = [.. BootDiagnosis.Of(boot).Select(finding => (finding, Moment(finding, first, At)))];
        return new BootPlot(seconds, bounded, findings);
    }

    private static double? Moment(Finding finding, LogTime first, Func<LogTime, double> at)
    {
        Signal? line = finding.Evidence.FirstOrDefault(signal => signal.Time.IsComparable(first));
        return line is null ? null : at(line.Time);
    }

    private static (List<PlotRow> Rows, int Left) Rows(List<UnitSpan> spans, Func<LogTime, double> at, double seconds)
    {
        List<PlotRow> rows = [.. spans.Select(span => new PlotRow(
            span.Unit, at(span.Start), span.End is { } end ? at(end) : seconds, span.Outcome, IsTpm(span.Unit),
            span.Unit.EndsWith(".device", StringComparison.Ordinal), span.Text, span.Line))];
        // One bar per unit and lane: the longest, as a unit that is started again says little.
        rows = [.. rows.GroupBy(row => row.Label).Select(group => group.MaxBy(row => row.End - row.Start)!)];
        IEnumerable<PlotRow> tpm = rows.Where(row => row.IsTpm).OrderByDescending(Length).Take(MostTpmRows);
        IEnumerable<PlotRow> others = rows
            .Where(row => !row.IsTpm && row.Outcome != UnitOutcome.Open && (Length(row) >= ShortestOther || row.Outcome != UnitOutcome.Done))
            .OrderByDescending(row => row.Outcome != UnitOutcome.Done).ThenByDescending(Length).Take(MostOtherRows);
        List<PlotRow> kept = [.. tpm.Concat(others).OrderBy(row => row.Start)];
        return (kept, rows.Count - kept.Count);
    }

    private static double Length(PlotRow row) => row.End - row.Start;

    private static bool IsTpm(string unit) =>
        Names.IsSupplicant(unit) || Names.IsTpmTarget(unit) || Names.IsSystemdConsumer(unit) || Names.IsCustomConsumer(unit) ||
        Names.IsDriverUnit(unit) || Names.TpmNode(unit) is not null || Names.IsTeeNode(unit) || Names.Has(unit, "tpmready") ||
        Names.Has(unit, "cryptsetup@");
}
