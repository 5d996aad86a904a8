// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.Numerics;
using System.Threading;
using TpmReady.Supplicant.Protocol;

namespace TpmReady.Supplicant.Server;

/// <content>How long requests take, in buckets whose limits are powers of two.</content>
public sealed partial class SupplicantStatistics
{
    /// <summary>The number of buckets; the last one also takes everything longer than a minute.</summary>
    public const int LatencyBuckets = 27;

    private readonly long[] _latencies = new long[(FunctionLimit + 1) * LatencyBuckets];

    /// <summary>How many requests for a function took this long.</summary>
    /// <param name="function">Numbers from <see cref="FunctionLimit"/> on share one count.</param>
    /// <param name="bucket">
    /// From 2^(bucket-1) microseconds, exclusively of 2^bucket; bucket 0 is everything below one microsecond.
    /// </param>
    public long CountLatency(RpcFunction function, int bucket) => Volatile.Read(
        ref _latencies[((int)Math.Min((uint)function, FunctionLimit) * LatencyBuckets) + bucket]);

    /// <summary>The bucket for a duration in microseconds.</summary>
    internal static int BucketOf(ulong microseconds) =>
        Math.Min(64 - BitOperations.LeadingZeroCount(microseconds), LatencyBuckets - 1);

    private void AddLatency(RpcFunction function, long ticks)
    {
        ulong microseconds = (ulong)(Math.Max(ticks, 0) * (1_000_000.0 / Stopwatch.Frequency));
        int row = (int)Math.Min((uint)function, FunctionLimit);
        Interlocked.Increment(ref _latencies[(row * LatencyBuckets) + BucketOf(microseconds)]);
    }
}
