// SPDX-License-Identifier: MIT

using System;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Reading;

namespace TpmReady.Diagnosis.Recognition;

/// <summary>Where recognisers put what they found in the line that is being looked at.</summary>
internal sealed class SignalWriter
{
    private long _order;

    /// <summary>The boot that the line belongs to.</summary>
    public Boot Boot { get; set; } = new();

    /// <summary>The phase that the line belongs to.</summary>
    public Phase Phase { get; set; }

    /// <summary>How many signals the current line gave.</summary>
    public int Found { get; set; }

    /// <summary>Writes a signal.</summary>
    /// <param name="record">The line.</param>
    /// <param name="kind">What it tells.</param>
    /// <param name="subject">About whom.</param>
    /// <param name="code">A result code.</param>
    /// <param name="seconds">A duration.</param>
    public void Add(
        in LogRecord record, SignalKind kind, ReadOnlySpan<char> subject = default, uint? code = null, double? seconds = null)
    {
        Found++;
        Boot.Add(Make(record, kind, subject, code, seconds));
    }

    /// <summary>Writes a signal in place of an earlier one of the same kind and subject.</summary>
    public void Renew(in LogRecord record, SignalKind kind, ReadOnlySpan<char> subject, double? seconds)
    {
        Found++;
        foreach (Signal old in Boot.All(kind))
        {
            if (subject.SequenceEqual(old.Subject) && old.Phase == Phase)
            {
                if (seconds >= (old.Seconds ?? 0))
                {
                    Boot.Replace(old, Make(record, kind, subject, null, seconds) with { Order = old.Order });
                }

                return;
            }
        }

        Boot.Add(Make(record, kind, subject, null, seconds));
    }

    private Signal Make(in LogRecord record, SignalKind kind, ReadOnlySpan<char> subject, uint? code, double? seconds)
    {
        string text = EvidenceText.From(record.Text);
        return new Signal(
            kind, EvidenceText.From(subject), code, seconds, record.File, record.Line, record.Time, Phase, text)
        {
            Order = _order++,
        };
    }
}
