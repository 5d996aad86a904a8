// SPDX-License-Identifier: MIT

using System;
using System.Globalization;

namespace TpmReady.Diagnosis.Reading;

/// <summary>The fields of one journal entry that a record is made of. Names: systemd.journal-fields(7).</summary>
internal sealed class JournalFields
{
    private readonly char[] _message = new char[LogLimits.FieldBytes];
    private readonly char[] _lower = new char[LogLimits.MessageCharacters];
    private readonly char[] _identifier = new char[64];
    private readonly char[] _bootId = new char[32];
    private readonly char[] _text = new char[LogLimits.FieldBytes + 128];
    private int _messageLength;
    private int _identifierLength;
    private int _bootIdLength;
    private int _pid;
    private bool _kernel;
    private bool _named;
    private double _monotonic;
    private double _realtime;

    /// <summary>Line of the message, 0 while there is none.</summary>
    public long Line { get; private set; }

    /// <summary>What the entry says.</summary>
    public ReadOnlySpan<char> Message => _message.AsSpan(0, _messageLength);

    /// <summary>The program's name.</summary>
    public ReadOnlySpan<char> Identifier => _identifier.AsSpan(0, _identifierLength);

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _messageLength = _identifierLength = _bootIdLength = _pid = 0;
        _kernel = _named = false;
        _monotonic = _realtime = -1;
        Line = 0;
    }

    /// <summary>Takes one field; unknown ones are dropped.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value.</param>
    /// <param name="line">The line that it stands in.</param>
    public void Set(ReadOnlySpan<char> name, ReadOnlySpan<char> value, long line)
    {
        switch (name)
        {
            case "MESSAGE":
                _messageLength = Keep(value, _message);
                Line = line;
                break;
            case "SYSLOG_IDENTIFIER":
                _identifierLength = Keep(value, _identifier);
                _named = true;
                break;
            case "_COMM" when !_named:
                _identifierLength = Keep(value, _identifier);
                break;
            case "_TRANSPORT":
                _kernel = value is "kernel";
                break;
            case "_BOOT_ID":
                _bootIdLength = Keep(value, _bootId);
                break;
            case "_PID" or "SYSLOG_PID":
                _ = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out _pid);
                break;
            case "__MONOTONIC_TIMESTAMP":
                _monotonic = Microseconds(value);
                break;
            case "__REALTIME_TIMESTAMP":
                _realtime = Microseconds(value);
                break;
            default:
                break;
        }
    }

    /// <summary>Passes the entry on.</summary>
    /// <param name="file">Index of the file.</param>
    /// <param name="sink">Where to.</param>
    public void Emit(int file, ILogSink sink)
    {
        LogTime time = _monotonic >= 0 ? new LogTime(LogClock.Boot, _monotonic)
            : _realtime >= 0 ? new LogTime(LogClock.Wall, _realtime) : default;
        ReadOnlySpan<char> message = Clean();
        ReadOnlySpan<char> shown = message.Length > LogLimits.MessageCharacters ? message[..LogLimits.MessageCharacters] : message;
        LogRecord record = new()
        {
            File = file,
            Line = Line,
            Time = time,
            Identifier = Identifier,
            BootId = _bootId.AsSpan(0, _bootIdLength),
            Message = shown,
            Lower = LowerCase.Of(shown, _lower),
            Text = Written(message, time),
            // What systemd and udev wrote to /dev/kmsg comes back with the kernel's transport and their own name.
            Source = _kernel && (Identifier is "kernel" or "") ? LogSource.Kernel
                : Identifier is "systemd" && _pid is 0 or 1 ? LogSource.Manager : LogSource.Program,
        };
        sink.Accept(record);
    }

    private static int Keep(ReadOnlySpan<char> value, Span<char> destination)
    {
        int length = Math.Min(value.Length, destination.Length);
        value[..length].CopyTo(destination);
        return length;
    }

    private static double Microseconds(ReadOnlySpan<char> value) =>
        ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong count) ? count / 1e6 : -1;

    private ReadOnlySpan<char> Clean()
    {
        if (ConsoleText.NeedsStrip(Message))
        {
            _messageLength = ConsoleText.Strip(Message, _message);
        }

        return Message;
    }

    /// <summary>The entry as journalctl -o short-monotonic would print it, without the host.</summary>
    private ReadOnlySpan<char> Written(ReadOnlySpan<char> message, LogTime time)
    {
        Span<char> text = _text;
        int used = 0;
        if (time.Clock == LogClock.Boot && text.TryWrite(CultureInfo.InvariantCulture, $"[{time.Seconds,12:F6}] ", out int stamp))
        {
            used = stamp;
        }

        if (text[used..].TryWrite(CultureInfo.InvariantCulture, $"{Identifier}: ", out int name))
        {
            used += name;
        }

        int length = Math.Min(message.Length, text.Length - used);
        message[..length].CopyTo(text[used..]);
        return text[..(used + length)];
    }
}
