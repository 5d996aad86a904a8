// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.Threading;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.SharedMemory;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Server;

/// <summary>What the supplicant has done so far. Every number can be read at any time, without a lock.</summary>
public sealed partial class SupplicantStatistics
{
    /// <summary>Functions from this number on are counted together.</summary>
    public const int FunctionLimit = 32;

    private static readonly TeeResult[] KnownResults =
    [
        TeeResult.Success,
        TeeResult.Generic,
        TeeResult.AccessConflict,
        TeeResult.BadParameters,
        TeeResult.ItemNotFound,
        TeeResult.NotSupported,
        TeeResult.NoData,
        TeeResult.OutOfMemory,
        TeeResult.Busy,
        TeeResult.Communication,
        TeeResult.ShortBuffer,
        TeeResult.StorageNoSpace,
        TeeResult.StorageNotAvailable,
        TeeResult.AccessDenied,
        TeeResult.SocketRemoteClosed,
        TeeResult.SocketTimeout,
        TeeResult.SocketOutOfResources,
        TeeResult.SocketLargeBuffer,
        TeeResult.SocketHostname,
    ];

    private readonly long[] _requests = new long[(FunctionLimit + 1) * (KnownResults.Length + 1)];
    private readonly SharedMemoryTable _memory;
    private long _total;
    private long _revoked;
    private long _rolledBack;
    private long _exceptions;
    private long _rejected;
    private long _receiveErrors;
    private int _inFlight;
    private int _maximumInFlight;
    private int _threads;
    private long _threadsStarted;
    private long _longestTicks;

    internal SupplicantStatistics(SharedMemoryTable memory) => _memory = memory;

    /// <summary>Requests that were answered, or whose requester was gone.</summary>
    public long Total => Volatile.Read(ref _total);

    /// <summary>Requests that are being served now.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>The most requests that were served at the same time.</summary>
    public int MaximumInFlight => Volatile.Read(ref _maximumInFlight);

    /// <summary>Answers that reached nobody, because the client had been killed (EBADF, ENOENT).</summary>
    public long Revoked => Volatile.Read(ref _revoked);

    /// <summary>Requests whose effects were taken back.</summary>
    public long RolledBack => Volatile.Read(ref _rolledBack);

    /// <summary>Answers that the kernel did not take: an error of this program.</summary>
    public long Rejected => Volatile.Read(ref _rejected);

    /// <summary>Exceptions in services: an error of this program.</summary>
    public long Exceptions => Volatile.Read(ref _exceptions);

    /// <summary>Errors of RECV, except interruptions.</summary>
    public long ReceiveErrors => Volatile.Read(ref _receiveErrors);

    /// <summary>Threads that serve or wait.</summary>
    public int Threads => Volatile.Read(ref _threads);

    /// <summary>Threads that were started so far: if it rises in quiet times, the limits are too narrow.</summary>
    public long ThreadsStarted => Volatile.Read(ref _threadsStarted);

    /// <summary>Shared-memory objects that the secure world has.</summary>
    public int LiveObjects => _memory.LiveCount;

    /// <summary>Their bytes.</summary>
    public long LiveBytes => _memory.LiveBytes;

    /// <summary>The longest time that one request took.</summary>
    public TimeSpan LongestRequest => Stopwatch.GetElapsedTime(0, Volatile.Read(ref _longestTicks));

    /// <summary>Counts the open files of the secure world; 0 if no service tells.</summary>
    public Func<int>? OpenFiles { get; set; }

    /// <summary>Counts the sockets of TAs; 0 if no service tells.</summary>
    public Func<int>? OpenSockets { get; set; }

    /// <summary>How many requests for this function ended with this result.</summary>
    /// <param name="function">Numbers from <see cref="FunctionLimit"/> on share one count.</param>
    /// <param name="result">Results that this program does not use share one count.</param>
    public long Count(RpcFunction function, TeeResult result) =>
        Volatile.Read(ref _requests[IndexOf(function, result)]);

    /// <summary>One line for people, as in systemd's STATUS=.</summary>
    public string ToStatusText() =>
        $"serving{Served}; {Total} requests, {InFlight} in flight, {Threads} threads, "
        + $"{LiveObjects} buffers ({LiveBytes >> 10} KiB), {OpenFiles?.Invoke() ?? 0} open files, "
        + $"{OpenSockets?.Invoke() ?? 0} sockets, {Revoked} revoked"
        + DescribeLastError();

    internal void Begin()
    {
        int now = Interlocked.Increment(ref _inFlight);
        int highest = Volatile.Read(ref _maximumInFlight);
        while (now > highest)
        {
            int seen = Interlocked.CompareExchange(ref _maximumInFlight, now, highest);
            if (seen == highest)
            {
                break;
            }

            highest = seen;
        }
    }

    internal void End(RpcFunction function, TeeResult result, long arrival)
    {
        Interlocked.Increment(ref _requests[IndexOf(function, result)]);
        Interlocked.Increment(ref _total);
        long ticks = Stopwatch.GetTimestamp() - arrival;
        AddLatency(function, ticks);
        NoteResult(function, result);
        long longest = Volatile.Read(ref _longestTicks);
        while (ticks > longest)
        {
            long seen = Interlocked.CompareExchange(ref _longestTicks, ticks, longest);
            if (seen == longest)
            {
                break;
            }

            longest = seen;
        }

        // Last: who waits for the count to fall must find everything else done.
        Interlocked.Decrement(ref _inFlight);
    }

    internal void AddRevoked() => Interlocked.Increment(ref _revoked);

    internal void AddRolledBack() => Interlocked.Increment(ref _rolledBack);

    internal void AddRejected() => Interlocked.Increment(ref _rejected);

    internal void AddException() => Interlocked.Increment(ref _exceptions);

    internal void AddReceiveError() => Interlocked.Increment(ref _receiveErrors);

    internal void AddThread()
    {
        Interlocked.Increment(ref _threads);
        Interlocked.Increment(ref _threadsStarted);
    }

    internal void RemoveThread() => Interlocked.Decrement(ref _threads);

    private static int IndexOf(RpcFunction function, TeeResult result)
    {
        int row = (int)Math.Min((uint)function, FunctionLimit);
        int column = 0;
        while (column < KnownResults.Length && KnownResults[column] != result)
        {
            column++;
        }

        return (row * (KnownResults.Length + 1)) + column;
    }
}
