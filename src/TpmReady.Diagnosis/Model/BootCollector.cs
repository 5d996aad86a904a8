// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Diagnosis.Reading;
using TpmReady.Diagnosis.Recognition;

namespace TpmReady.Diagnosis.Model;

/// <summary>
/// Makes boots of records. Several files are taken as several views of the same boots: the first boot of one file is the
/// first of the other, as with the consoles of the normal and of the secure world.
/// </summary>
public sealed class BootCollector : ILogSink
{
    private readonly List<Boot> _boots = [];
    private readonly SignalWriter _writer = new();
    private readonly CourseSignals _course = new();
    private readonly SpanCollector? _spans;
    private readonly Action<Boot>? _finished;
    private int _current = -1;
    private string? _bootId;

    /// <summary>Makes a collector.</summary>
    /// <param name="withSpans">Whether to keep the times of all units, as a plot needs them.</param>
    /// <param name="finished">
    /// Called when a boot has ended; then that boot is forgotten. Possible with one file only: null keeps all boots.
    /// </param>
    public BootCollector(bool withSpans = false, Action<Boot>? finished = null)
    {
        _spans = withSpans ? new SpanCollector() : null;
        _finished = finished;
    }

    /// <summary>The boots; without those that were passed on already.</summary>
    public IReadOnlyList<Boot> Boots => _boots;

    /// <summary>Says that the records of another file follow.</summary>
    public void BeginFile()
    {
        _current = -1;
        _bootId = null;
        _course.Reset();
        _writer.Phase = Phase.Unknown;
    }

    /// <summary>Says that no more follows.</summary>
    public void Finish()
    {
        if (_finished is not null && _boots.Count > 0)
        {
            _finished(_boots[^1]);
            _boots.Clear();
        }
    }

    /// <inheritdoc/>
    public void Accept(in LogRecord record)
    {
        if (_current < 0)
        {
            Advance(record);
        }
        else if (IsOtherBoot(record) || _course.BeginsBoot(record))
        {
            Advance(record);
        }

        Boot boot = _writer.Boot;
        if (record.BootId.Length > 0 && _bootId is null)
        {
            boot.Id = _bootId = record.BootId.ToString();
        }

        _writer.Found = 0;
        Phase before = _course.Phase;
        _course.Recognize(record, _writer);
        _writer.Phase = _course.Phase;
        if (before > _course.Phase)
        {
            boot.Forget(before);
        }

        boot.Touch(record.File, record.Time, _course.Phase);
        _spans?.Take(record, boot, _course.Phase);
        ManagerSignals.Recognize(record, _writer);
        if (_writer.Found > 0 && record.Source == LogSource.Manager)
        {
            return;
        }

        KernelSignals.Recognize(record, _writer);
        SecureWorldSignals.Recognize(record, _writer);
        SupplicantSignals.Recognize(record, _writer);
        UserSpaceSignals.Recognize(record, _writer);
        if (_writer.Found == 0)
        {
            ProseSignals.Recognize(record, _writer);
        }

        if (_writer.Found == 0 && !boot.IsFull(SignalKind.TpmMention) && record.Source != LogSource.Prose &&
            record.Lower.HasAny("tpm", "optee", "supplicant", "rpmb"))
        {
            _writer.Add(record, SignalKind.TpmMention);
        }
    }

    private bool IsOtherBoot(in LogRecord record) =>
        _bootId is not null && record.BootId.Length > 0 && !record.BootId.SequenceEqual(_bootId);

    private void Advance(in LogRecord record)
    {
        if (_finished is not null && _boots.Count > 0)
        {
            int number = _boots[^1].Number;
            _finished(_boots[^1]);
            _boots.Clear();
            _boots.Add(new Boot { Number = number + 1 });
            _current = 0;
        }
        else
        {
            _current = Math.Min(_current + 1, LogLimits.Boots - 1);
            if (_current >= _boots.Count)
            {
                _boots.Add(new Boot { Number = _boots.Count + 1 });
            }
        }

        _writer.Boot = _boots[_current];
        _spans?.Reset();
        _bootId = record.BootId.Length > 0 ? record.BootId.ToString() : null;
        _writer.Boot.Id ??= _bootId;
        _course.Reset();
        _writer.Phase = Phase.Unknown;
    }
}
