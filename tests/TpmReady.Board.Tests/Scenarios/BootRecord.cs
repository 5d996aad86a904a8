// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;

namespace TpmReady.Board.Tests.Scenarios;

/// <summary>What a boot's journal says about the TPM and its users.</summary>
public sealed partial class BootRecord
{
    private readonly List<Line> _lines = [];
    private readonly int _switchRoot;

    /// <summary>Reads <c>journalctl -b -o short-monotonic</c>.</summary>
    public BootRecord(string journal)
    {
        foreach (string text in journal.Split('\n'))
        {
            Match match = LinePattern().Match(text);
            if (match.Success)
            {
                _lines.Add(new Line(
                    double.Parse(match.Groups["at"].ValueSpan, CultureInfo.InvariantCulture),
                    match.Groups["who"].Value,
                    match.Groups["what"].Value));
            }
        }

        _switchRoot = _lines.FindIndex(static line =>
            IsSystemd(line) && line.What.StartsWith("Switching root", StringComparison.Ordinal));
    }

    /// <summary>
    /// What the kernel says of a command to a TPM that failed, a line each: tpm_try_transmit and tpm_transmit_cmd in
    /// drivers/char/tpm/tpm-interface.c. The driver below and the caller above add lines of their own.
    /// </summary>
    public IReadOnlyList<string> FailedCommands =>
        Texts(static line => string.Equals(line.Who, "kernel", StringComparison.Ordinal)
            && FailedCommandPattern().IsMatch(line.What));

    /// <summary>Jobs and services that systemd gave up.</summary>
    public IReadOnlyList<string> TimeOuts =>
        Texts(static line => IsSystemd(line) && TimeOutPattern().IsMatch(line.What));

    /// <summary>Seconds of the kernel's clock when multi-user.target was reached, or null.</summary>
    public double? MultiUserAt => Find(0, _lines.Count, "Reached target multi-user.target")?.At;

    /// <summary>
    /// The longest time that one unit with the TPM as its matter took before multi-user.target, in seconds, and which:
    /// a device of it that was waited for, a supplicant, a gate, or a user.
    /// </summary>
    public (double Seconds, string Unit) LongestWait
    {
        get
        {
            (double Seconds, string Unit) longest = (0, "");
            double end = MultiUserAt ?? double.MaxValue;
            Dictionary<string, double> begun = new(StringComparer.Ordinal);
            foreach (Line line in _lines.Where(line => IsSystemd(line) && line.At <= end))
            {
                Match match = UnitPattern().Match(line.What);
                string unit = match.Groups["unit"].Value;
                if (match.Groups["begins"].Success)
                {
                    begun[unit] = line.At;
                }
                else if (match.Success && begun.Remove(unit, out double at) && line.At - at > longest.Seconds)
                {
                    longest = (line.At - at, unit);
                }
            }

            return longest;
        }
    }

    /// <summary>What the driver's program or the gate said last before multi-user.target; null without them.</summary>
    public string? LastWord
    {
        get
        {
            double end = MultiUserAt ?? double.MaxValue;
            return _lines.FindLast(line => line.At <= end
                && (line.Who.StartsWith("tpmready-driver[", StringComparison.Ordinal)
                    || line.Who.StartsWith("tpmready-gate[", StringComparison.Ordinal)))?.What;
        }
    }

    /// <summary>When the gate heard the TPM answer in a phase, or null.</summary>
    public double? AnsweredAt(bool inInitrd)
    {
        (int start, int end) = Phase(inInitrd);
        return Find(start, end, "The TPM answers")?.At;
    }

    /// <summary>How a user of the TPM fared.</summary>
    public ConsumerRun RunOf(ConsumerName consumer)
    {
        (int start, int end) = Phase(consumer.IsInInitrd);
        string unit = consumer.Unit + ".service";
        Line? began = Find(start, end, "Starting " + unit);
        Line? finished = Find(start, end, "Finished " + unit);
        Line? failed = Find(start, end, "Failed to start " + unit);
        Line? skipped = _lines[start..end].Find(line =>
            IsSystemd(line) && line.What.StartsWith(unit, StringComparison.Ordinal)
            && line.What.Contains("skipped", StringComparison.Ordinal));
        ConsumerOutcome outcome = (finished, failed, skipped) switch
        {
            ({ }, null, _) => ConsumerOutcome.Succeeded,
            (_, { }, _) => ConsumerOutcome.Failed,
            (_, _, { }) => ConsumerOutcome.Skipped,
            _ => ConsumerOutcome.NotRun,
        };
        return new ConsumerRun(consumer, outcome, began?.At, (finished ?? failed)?.At);
    }

    private static bool IsSystemd(Line line) => string.Equals(line.Who, "systemd[1]", StringComparison.Ordinal);

    private List<string> Texts(Func<Line, bool> isWanted) =>
        [.. _lines.Where(isWanted).Select(static line => line.What)];

    private Line? Find(int start, int end, string beginning) =>
        _lines[start..end].Find(line => line.What.StartsWith(beginning, StringComparison.Ordinal));

    private (int Start, int End) Phase(bool inInitrd) => inInitrd
        ? (0, Math.Max(_switchRoot, 0))
        : (Math.Max(_switchRoot, 0), _lines.Count);

    [GeneratedRegex(
        @"^\[ *(?<at>[0-9.]+)\] \S+ (?<who>[^:]+): (?<what>.*)$",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex LinePattern();

    [GeneratedRegex(
        @"^tpm tpm[0-9]+: (tpm_try_transmit: send\(\): error|tpm_transmit: tpm_recv: error|A TPM error \()",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex FailedCommandPattern();

    // "Timed out waiting for device" and "failed with result 'timeout'" say the same once more.
    [GeneratedRegex(
        " timed out\\.",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex TimeOutPattern();

    [GeneratedRegex(
        @"^((?<begins>Expecting device|Starting)|(Found device|Timed out waiting for device|Started|Finished|Failed to start)) "
        + @"(?<unit>(dev-tpm|dev-teepriv|tee-supplicant|tpmready-|systemd-pcr|systemd-tpm2-setup)\S*\.(device|service))",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex UnitPattern();

    private sealed record Line(double At, string Who, string What);
}
