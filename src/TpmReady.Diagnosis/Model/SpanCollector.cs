// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Diagnosis.Reading;
using TpmReady.Diagnosis.Recognition;

namespace TpmReady.Diagnosis.Model;

/// <summary>Keeps when units began and ended to start or stop, for every unit and not only for those of the TPM.</summary>
internal sealed class SpanCollector
{
    private static readonly (string Start, bool Begins, UnitOutcome Outcome)[] Sentences =
    [
        ("Starting ", true, UnitOutcome.Open), ("Mounting ", true, UnitOutcome.Open),
        ("Expecting device ", true, UnitOutcome.Open), ("Started ", false, UnitOutcome.Done),
        ("Finished ", false, UnitOutcome.Done), ("Mounted ", false, UnitOutcome.Done),
        ("Found device ", false, UnitOutcome.Done), ("Reached target ", false, UnitOutcome.Done),
        ("Listening on ", false, UnitOutcome.Done), ("Failed to start ", false, UnitOutcome.Failed),
        ("Dependency failed for ", false, UnitOutcome.Dependency),
        ("Timed out waiting for device ", false, UnitOutcome.Timeout),
        ("Stopping ", true, UnitOutcome.Open), ("Stopped ", false, UnitOutcome.Done),
    ];

    private readonly Dictionary<string, UnitSpan> _open = new(StringComparer.Ordinal);
    private LogTime _last;

    /// <summary>Forgets what is open.</summary>
    public void Reset()
    {
        _open.Clear();
        _last = default;
    }

    /// <summary>Looks at a line.</summary>
    public void Take(in LogRecord record, Boot boot, Phase phase)
    {
        // Status lines of a console carry no stamp: the last one of the kernel's is near enough for a picture.
        _last = record.Time.Clock == LogClock.None ? _last : record.Time;
        if (record.Source is not (LogSource.Manager or LogSource.Other) || _last.Clock == LogClock.None)
        {
            return;
        }

        ReadOnlySpan<char> message = record.Message;
        foreach ((string start, bool begins, UnitOutcome outcome) in Sentences)
        {
            if (message.StartsWith(start, StringComparison.Ordinal))
            {
                bool target = message[start.Length..].StartsWith("target ");
                ReadOnlySpan<char> rest = target ? message[(start.Length + 7)..] : message[start.Length..];
                string unit = EvidenceText.From(rest.UpTo(" ") is var name && name.Contains('.') ? name : rest.TrimEnd(". "));
                Note(record, boot, phase, unit.TrimEnd('.'), begins, outcome);
                return;
            }
        }

        int colon = message.IndexOf(": Job ");
        if (colon > 0 && message.EndsWith("/start timed out."))
        {
            Note(record, boot, phase, message[..colon].ToString(), false, UnitOutcome.Timeout);
        }
        else if (message.IndexOf(": Installed new job ") is > 0 and int job && message[..job].EndsWith(".device"))
        {
            Note(record, boot, phase, message[..job].ToString(), true, UnitOutcome.Open);
        }
        else if (message.IndexOf(": Changed ") is > 0 and int change && message[..change].EndsWith(".device") &&
            message.EndsWith("-> plugged"))
        {
            Note(record, boot, phase, message[..change].ToString(), false, UnitOutcome.Done);
        }
    }

    private void Note(in LogRecord record, Boot boot, Phase phase, string unit, bool begins, UnitOutcome outcome)
    {
        if (begins)
        {
            UnitSpan span = Make(record, phase, unit);
            if (_open.Count < LogLimits.UnitsPerBoot && boot.Add(span))
            {
                _open[unit] = span;
            }
        }
        else if (_open.Remove(unit, out UnitSpan? open) && _last.IsComparable(open.Start) &&
            _last.Seconds >= open.Start.Seconds)
        {
            open.End = _last;
            open.Outcome = outcome;
            open.Text = EvidenceText.From(record.Text);
        }
        else
        {
            UnitSpan span = Make(record, phase, unit);
            span.End = _last;
            span.Outcome = outcome;
            _ = boot.Add(span);
        }
    }

    private UnitSpan Make(in LogRecord record, Phase phase, string unit) => new()
    {
        Unit = unit,
        Phase = phase,
        Start = _last,
        File = record.File,
        Line = record.Line,
        Text = EvidenceText.From(record.Text),
    };
}
