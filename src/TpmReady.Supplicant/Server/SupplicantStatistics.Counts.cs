// SPDX-License-Identifier: MIT

using System;
using System.Threading;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Server;

/// <content>The counts as a report goes through them.</content>
public sealed partial class SupplicantStatistics
{
    /// <summary>Counts how often files or directories were made durable; 0 if no service tells.</summary>
    public Func<long>? Syncs { get; set; }

    internal static ReadOnlySpan<TeeResult> CountedResults => KnownResults;

    /// <summary>Requests that ended with a result that has no count of its own.</summary>
    internal long CountOthers(RpcFunction function)
    {
        int row = (int)Math.Min((uint)function, FunctionLimit);
        return Volatile.Read(ref _requests[(row * (KnownResults.Length + 1)) + KnownResults.Length]);
    }

    /// <summary>All requests for a function.</summary>
    internal long CountAll(RpcFunction function)
    {
        long sum = CountOthers(function);
        foreach (TeeResult result in KnownResults)
        {
            sum += Count(function, result);
        }

        return sum;
    }
}
