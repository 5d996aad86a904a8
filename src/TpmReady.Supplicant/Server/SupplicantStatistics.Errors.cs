// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.Globalization;
using System.Threading;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Server;

/// <content>The last request that failed for a reason that an administrator may want to know.</content>
public sealed partial class SupplicantStatistics
{
    // Function and result in one word, so that readers never see one without the other; 0 is none.
    private long _lastError;
    private long _lastErrorTicks;

    /// <summary>What is served, for the status line: a blank and words; empty if nobody said.</summary>
    public string Served { get; set; } = "";

    /// <summary>The last failure; null if there was none.</summary>
    /// <remarks>Files that are not there, and buffers that are too short, are the normal course.</remarks>
    public (RpcFunction Function, TeeResult Result, TimeSpan Age)? LastError
    {
        get
        {
            long error = Volatile.Read(ref _lastError);
            return error == 0
                ? null
                : ((RpcFunction)(error >> 32), (TeeResult)(uint)error,
                    Stopwatch.GetElapsedTime(Volatile.Read(ref _lastErrorTicks)));
        }
    }

    private void NoteResult(RpcFunction function, TeeResult result)
    {
        if (result is not (TeeResult.Success or TeeResult.ItemNotFound or TeeResult.ShortBuffer
            or TeeResult.AccessConflict or TeeResult.NoData))
        {
            Volatile.Write(ref _lastErrorTicks, Stopwatch.GetTimestamp());
            Volatile.Write(ref _lastError, ((long)Math.Min((uint)function, FunctionLimit) << 32) | (uint)result);
        }
    }

    private string DescribeLastError() => LastError is var (function, result, age)
        ? string.Create(
            CultureInfo.InvariantCulture, $"; last error: {function} {result}, {(long)age.TotalSeconds} s ago")
        : "";
}
