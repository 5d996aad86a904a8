// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Reading;

namespace TpmReady.Diagnosis.Model;

/// <summary>
/// One boot as the log shows it. It grows while the log is read, and never beyond <see cref="LogLimits"/>: of each kind of
/// signal the first ones and the very last are kept, and all are counted.
/// </summary>
public sealed class Boot
{
    private readonly Dictionary<SignalKind, List<Signal>> _signals = [];
    private readonly Dictionary<SignalKind, long> _counts = [];
    private readonly List<UnitSpan> _spans = [];
    private readonly Dictionary<Phase, LogTime> _phaseStarts = [];
    private readonly HashSet<int> _files = [];

    /// <summary>The id of the boot, if the log has it.</summary>
    public string? Id { get; set; }

    /// <summary>Number of this boot in the files, from 1.</summary>
    public int Number { get; init; } = 1;

    /// <summary>The first stamp.</summary>
    public LogTime? First { get; private set; }

    /// <summary>The last stamp on the clock of the first.</summary>
    public LogTime? Last { get; private set; }

    /// <summary>Signals seen, kept or not.</summary>
    public long Seen { get; private set; }

    /// <summary>Units' activities in the order of their start.</summary>
    public IReadOnlyList<UnitSpan> Spans => _spans;

    /// <summary>When each phase began, as far as stamps tell.</summary>
    public IReadOnlyDictionary<Phase, LogTime> PhaseStarts => _phaseStarts;

    /// <summary>Whether the log shows this boot come up completely.</summary>
    public bool IsComplete => Has(SignalKind.StartupFinished) ||
        (Has(SignalKind.KernelStarted) && All(SignalKind.TargetReached).Any(target => Names.IsFinalTarget(target.Subject)));

    /// <summary>Seconds between the first and the last stamp.</summary>
    public double? Seconds => First is { } first && Last is { } last ? last.Seconds - first.Seconds : null;

    /// <summary>The signals of a kind that were kept, in order.</summary>
    /// <param name="kind">The kind.</param>
    public IReadOnlyList<Signal> All(SignalKind kind) => _signals.TryGetValue(kind, out List<Signal>? list) ? list : [];

    /// <summary>How many signals of a kind there were.</summary>
    /// <param name="kind">The kind.</param>
    public long Count(SignalKind kind) => _counts.GetValueOrDefault(kind);

    /// <summary>Whether there is a signal of a kind.</summary>
    /// <param name="kind">The kind.</param>
    public bool Has(SignalKind kind) => _counts.ContainsKey(kind);

    /// <summary>The first signal of a kind for which a condition holds, or null.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="condition">The condition.</param>
    public Signal? Find(SignalKind kind, Func<Signal, bool>? condition = null)
    {
        foreach (Signal signal in All(kind))
        {
            if (condition is null || condition(signal))
            {
                return signal;
            }
        }

        return null;
    }

    /// <summary>The signals of several kinds, in the order of the log.</summary>
    /// <param name="kinds">The kinds.</param>
    public IReadOnlyList<Signal> Of(params ReadOnlySpan<SignalKind> kinds)
    {
        List<Signal> found = [];
        foreach (SignalKind kind in kinds)
        {
            found.AddRange(All(kind));
        }

        found.Sort((left, right) => left.Order.CompareTo(right.Order));
        return found;
    }

    /// <summary>Keeps a signal, within the limits.</summary>
    /// <param name="signal">The signal.</param>
    internal void Add(Signal signal)
    {
        Seen++;
        long count = _counts.GetValueOrDefault(signal.Kind);
        _counts[signal.Kind] = count + 1;
        if (!_signals.TryGetValue(signal.Kind, out List<Signal>? list))
        {
            _signals[signal.Kind] = list = [];
        }

        if (list.Count < LogLimits.SignalsPerKind)
        {
            list.Add(signal);
        }
        else
        {
            list[^1] = signal;
        }
    }

    /// <summary>Whether another signal of a kind would only replace the last.</summary>
    /// <param name="kind">The kind.</param>
    internal bool IsFull(SignalKind kind) => _counts.GetValueOrDefault(kind) >= LogLimits.SignalsPerKind;

    /// <summary>Replaces a signal that was kept, as a spinner's line replaces the one before.</summary>
    /// <param name="old">The one to replace.</param>
    /// <param name="replacement">The new one.</param>
    internal void Replace(Signal old, Signal replacement)
    {
        List<Signal> list = _signals[old.Kind];
        int at = list.LastIndexOf(old);
        if (at >= 0)
        {
            list[at] = replacement;
        }
    }

    /// <summary>Keeps a span, within the limits.</summary>
    /// <param name="span">The span.</param>
    internal bool Add(UnitSpan span)
    {
        if (_spans.Count >= LogLimits.SpansPerBoot)
        {
            return false;
        }

        _spans.Add(span);
        return true;
    }

    /// <summary>Takes back that a phase had begun: "systemd running" says host, the next line that it is the initrd.</summary>
    /// <param name="phase">The phase.</param>
    internal void Forget(Phase phase) => _phaseStarts.Remove(phase);

    /// <summary>Notes that something happened at a time in a phase.</summary>
    /// <param name="file">Index of the file.</param>
    /// <param name="time">When.</param>
    /// <param name="phase">The phase.</param>
    internal void Touch(int file, LogTime time, Phase phase)
    {
        _files.Add(file);
        if (time.Clock == LogClock.None)
        {
            return;
        }

        First ??= time;
        if (time.IsComparable(First.Value))
        {
            First = time.Seconds < First.Value.Seconds ? time : First;
            Last = Last is null || time.Seconds > Last.Value.Seconds ? time : Last;
            if (phase != Phase.Unknown)
            {
                _ = _phaseStarts.TryAdd(phase, time);
            }
        }
    }
}
