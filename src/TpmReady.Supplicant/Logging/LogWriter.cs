// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.Text;
using System.Threading;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;

namespace TpmReady.Supplicant.Logging;

/// <summary>
/// Writes messages with one system call each. A log that cannot be written to is no error: the message goes to standard
/// error, or is lost.
/// </summary>
public sealed unsafe class LogWriter : ILog
{
    private const int StandardError = 2;
    private const int MaximumLine = 2048;

    // LOG_DAEMON of syslog(3).
    private const int Facility = 3 << 3;

    private readonly Lock _lock = new();
    private readonly LogRateLimit _limit = new();
    private readonly string _identifier;
    private readonly bool _isJournalStream;
    private LogTarget _target;
    private int _descriptor = StandardError;

    /// <summary>A log for one program.</summary>
    /// <param name="identifier">The program's name, as it stands in the log.</param>
    /// <param name="threshold">Messages that matter less are not written.</param>
    /// <param name="target">Where to.</param>
    /// <param name="journalStream">
    /// The value of JOURNAL_STREAM, which systemd sets to the device and inode of the stream that its journal reads.
    /// </param>
    public LogWriter(string identifier, LogLevel threshold, LogTarget target, string? journalStream)
    {
        _identifier = identifier;
        Threshold = threshold;
        _isJournalStream = IsJournal(journalStream);
        Target = target;
    }

    /// <summary>Messages that matter less are not written.</summary>
    public LogLevel Threshold { get; set; }

    /// <summary>Where messages go. If that cannot be reached, to standard error.</summary>
    public LogTarget Target
    {
        get => _target;
        set
        {
            lock (_lock)
            {
                if (_descriptor != StandardError)
                {
                    _ = Libc.Close(_descriptor);
                }

                _descriptor = Open(value);
                _target = _descriptor < 0 ? LogTarget.StandardError : value;
                _descriptor = _descriptor < 0 ? StandardError : _descriptor;
            }
        }
    }

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel level) => level <= Threshold;

    /// <inheritdoc/>
    public void Write(LogLevel level, string message)
    {
        if (!IsEnabled(level))
        {
            return;
        }

        lock (_lock)
        {
            int hash = string.GetHashCode(message, StringComparison.Ordinal);
            if (!_limit.Allows(hash, Environment.TickCount64, out int suppressed))
            {
                return;
            }

            WriteLine(level, message);
            if (suppressed > 0)
            {
                WriteLine(
                    level,
                    string.Create(CultureInfo.InvariantCulture, $"(the message above came {suppressed} times more)"));
            }
        }
    }

    private void WriteLine(LogLevel level, string message)
    {
        Span<byte> line = stackalloc byte[MaximumLine];
        int length = Format(level, message, line);
        nint written;
        fixed (byte* bytes = line)
        {
            written = _target switch
            {
                LogTarget.Journal => Send(JournalSocket, bytes, length),
                LogTarget.Syslog => Send(SyslogSocket, bytes, length),
                _ => Libc.Write(_descriptor, bytes, (nuint)length),
            };
        }

        if (written < 0 && _target is LogTarget.Journal or LogTarget.Syslog)
        {
            length = FormatPlain(level, message, line);
            fixed (byte* bytes = line)
            {
                _ = Libc.Write(StandardError, bytes, (nuint)length);
            }
        }
    }

    private static ReadOnlySpan<byte> JournalSocket => "/run/systemd/journal/socket"u8;

    private static ReadOnlySpan<byte> SyslogSocket => "/dev/log"u8;

    private int Format(LogLevel level, string message, Span<byte> line) => _target switch
    {
        // systemd: Native Journal Protocol, https://systemd.io/JOURNAL_NATIVE_PROTOCOL/
        LogTarget.Journal => Put(line, $"PRIORITY={(int)level}\nSYSLOG_IDENTIFIER={_identifier}\nMESSAGE=", message),
        LogTarget.Syslog => Put(line, $"<{Facility | (int)level}>{_identifier}[{Libc.GetProcessId()}]: ", message),
        LogTarget.Kernel => Put(line, $"<{Facility | (int)level}>{_identifier}: ", message),
        _ when _isJournalStream => Put(line, $"<{(int)level}>", message),
        _ => FormatPlain(level, message, line),
    };

    private int FormatPlain(LogLevel level, string message, Span<byte> line) =>
        Put(line, level <= LogLevel.Warning ? $"{_identifier}: {Name(level)}: " : $"{_identifier}: ", message);

    /// <summary>Prefix, message on one line, newline. What does not fit is cut off.</summary>
    private static int Put(Span<byte> line, string prefix, string message)
    {
        int start = Encoding.UTF8.GetBytes(prefix, line);
        Span<byte> rest = line[start..^1];
        Encoding.UTF8.TryGetBytes(message.AsSpan(0, Math.Min(message.Length, rest.Length / 3)), rest, out int length);

        // A name from outside must not be able to write a line of its own, nor to steer a terminal.
        for (int i = 0; i < length; i++)
        {
            rest[i] = rest[i] is < (byte)' ' or 0x7f ? (byte)' ' : rest[i];
        }

        line[start + length] = (byte)'\n';
        return start + length + 1;
    }

    private nint Send(ReadOnlySpan<byte> path, byte* bytes, int length)
    {
        _ = UnixAddress.TryCreate(path, out UnixAddress address, out uint addressLength);
        return Libc.SendTo(
            _descriptor, bytes, (nuint)length, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL, &address, addressLength);
    }

    private static int Open(LogTarget target) => target switch
    {
        LogTarget.Journal or LogTarget.Syslog => Libc.Socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0),
        LogTarget.Kernel => Libc.Open("/dev/kmsg", Libc.O_WRONLY | Libc.O_CLOEXEC),
        _ => StandardError,
    };

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Critical => "critical",
        LogLevel.Error => "error",
        _ => "warning",
    };

    private static bool IsJournal(string? journalStream)
    {
        return journalStream is not null
            && new LinuxFileOperations().GetStatus(StandardError, out FileStatus status) >= 0
            && string.Equals(
                journalStream,
                string.Create(CultureInfo.InvariantCulture, $"{status.Device}:{status.Inode}"),
                StringComparison.Ordinal);
    }
}
