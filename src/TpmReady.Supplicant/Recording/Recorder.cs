// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.Text;
using System.Threading;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;

namespace TpmReady.Supplicant.Recording;

/// <summary>
/// Writes requests with their answers and buffers to a file, for a replay elsewhere. The file holds what the secure
/// world stores and loads: it is as secret as the store.
/// </summary>
internal sealed unsafe class Recorder
{
    private const uint Mode = 0x180; // 0600
    private const double NanosecondsPerSecond = 1e9;

    private static readonly int Flags =
        Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | Libc.O_NOFOLLOW | Libc.O_CLOEXEC;

    private readonly RecordRing _ring = new();
    private readonly ILog _log;
    private readonly int _descriptor;
    private readonly long _limit;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly Thread _writer;
    private long _length;
    private long _sequence;
    private long _dropped;
    private volatile bool _isFull;

    private Recorder(int descriptor, long limit, ILog log)
    {
        _descriptor = descriptor;
        _limit = limit;
        _log = log;
        _writer = new Thread(WriteAll) { IsBackground = true, Name = "recorder" };
    }

    /// <summary>Requests that are not in the file, because it was full or buffers were short.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Creates the file; one that exists is never touched.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="limit">How long it may become, in bytes.</param>
    /// <param name="files">How files are reached.</param>
    /// <param name="log">Where the recording's end is reported.</param>
    /// <param name="recorder">The recorder, to be started.</param>
    /// <returns>0, or an error number.</returns>
    public static int TryCreate(string path, long limit, IFileOperations files, ILog log, out Recorder? recorder)
    {
        int descriptor;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            descriptor = files.Open(Libc.AT_FDCWD, name, Flags, Mode);
        }

        recorder = descriptor < 0 ? null : new Recorder(descriptor, limit, log);
        ulong magic = RecordHeader.Magic;
        recorder?.Append(new ReadOnlySpan<byte>(&magic, sizeof(ulong)));
        return descriptor < 0 ? -descriptor : Errno.Success;
    }

    /// <summary>Begins to write. The thread inherits the cage of the caller.</summary>
    public void Start() => _writer.Start();

    /// <summary>Takes a received request.</summary>
    /// <returns>What <see cref="End"/> wants back; -1 if the request is not recorded.</returns>
    public int Begin(uint function, ReadOnlySpan<TeeParameter> parameters, ISharedMemory memory)
    {
        ulong sequence = (ulong)Interlocked.Increment(ref _sequence) - 1;
        int number = _isFull ? -1 : _ring.Take();
        if (number < 0)
        {
            Interlocked.Increment(ref _dropped);
            return number;
        }

        RecordBuffer record = _ring[number];
        record.Begin(function, parameters, memory);
        record.Header.Sequence = sequence;
        record.Header.Arrival = Nanoseconds(Stopwatch.GetTimestamp() - _start);
        return number;
    }

    /// <summary>Takes the answer, before it is sent: afterwards the memory belongs to the client.</summary>
    public void End(int number, uint result, ReadOnlySpan<TeeParameter> parameters, ISharedMemory memory)
    {
        RecordBuffer record = _ring[number];
        record.End(result, parameters, memory);
        record.Header.Duration = Nanoseconds(Stopwatch.GetTimestamp() - _start) - record.Header.Arrival;
    }

    /// <summary>Lets the record go to the file.</summary>
    public void Commit(int number, int sendError)
    {
        _ring[number].Header.SendError = sendError;
        _ring.Fill(number);
    }

    /// <summary>Writes what is left, and closes the file. Requests may still come, and are not recorded.</summary>
    public void Finish()
    {
        _isFull = true;
        _ring.End();
        _writer.Join();
        _ = Libc.Close(_descriptor);
        if (Dropped > 0)
        {
            _log.Write(LogLevel.Notice, $"{Dropped} requests are not in the recording.");
        }
    }

    private static long Nanoseconds(long ticks) => (long)(ticks * (NanosecondsPerSecond / Stopwatch.Frequency));

    private void WriteAll()
    {
        for (int number = _ring.WaitForFull(); number >= 0; number = _ring.WaitForFull())
        {
            if (!Append(_ring[number].Bytes))
            {
                Interlocked.Increment(ref _dropped);
            }

            _ring.Return(number);
        }
    }

    private bool Append(ReadOnlySpan<byte> bytes)
    {
        if (_isFull && _length + bytes.Length > _limit)
        {
            return false;
        }

        if (_length + bytes.Length > _limit)
        {
            _isFull = true;
            _log.Write(LogLevel.Notice, $"The recording is full at {_length} bytes (--record-limit).");
            return false;
        }

        fixed (byte* buffer = bytes)
        {
            nint written = Libc.Write(_descriptor, buffer, (nuint)bytes.Length);
            if (written != bytes.Length)
            {
                // A part of a record would hide all that follows.
                int error = written < 0 ? Libc.LastError : Errno.ENOSPC;
                _isFull = true;
                _ = Libc.Ftruncate(_descriptor, _length);
                _log.Write(LogLevel.Warning, $"The recording ends: it cannot be written ({Errno.Name(error)}).");
                return false;
            }
        }

        _length += bytes.Length;
        return true;
    }
}
