// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Server;

/// <summary>
/// One line a request while the log takes debug messages. It tells what was asked, how it ended and how long it took,
/// and never a name, a value of an object or a byte of memory. So many lines a second and no more: the clients decide
/// how many requests there are.
/// </summary>
internal sealed class RequestTrace(ILog log)
{
    /// <summary>How many lines may be written within a second.</summary>
    public const int LinesPerSecond = 100;

    private long _second;
    private int _lines;
    private int _dropped;

    /// <summary>Writes the line of a request, if it is wanted. Allocates nothing if not.</summary>
    public void Write(ref RpcRequest request, TeeResult result, int error, long arrival)
    {
        if (log.IsEnabled(LogLevel.Debug) && Allows(Environment.TickCount64 / 1000, out int dropped))
        {
            // Of the parameters only the first value, which is the operation, and the sizes of buffers.
            ulong bytes = 0;
            foreach (TeeParameter parameter in request.Parameters)
            {
                bytes += parameter.Type >= TeeParameterType.MemoryInput ? parameter.B : 0;
            }

            bool hasOperation = HasOperation(request.Function) && !request.Parameters.IsEmpty;
            string operation = hasOperation ? $" {request.Parameters[0].A & 0xff}" : "";
            TimeSpan duration = Stopwatch.GetElapsedTime(arrival);
            log.Write(
                LogLevel.Debug,
                $"{request.Function}{operation}: {result} in {(long)duration.TotalMicroseconds} us, "
                + $"{bytes} bytes of buffers"
                + (error == Errno.Success ? "" : $", not delivered: {Errno.Name(error)}")
                + (dropped == 0 ? "" : $" ({dropped} lines before were left out)"));
        }
    }

    /// <summary>Whether one more line may be written in this second.</summary>
    internal bool Allows(long second, out int dropped)
    {
        dropped = 0;
        if (Interlocked.Exchange(ref _second, second) != second)
        {
            Volatile.Write(ref _lines, 0);
        }

        if (Interlocked.Increment(ref _lines) > LinesPerSecond)
        {
            Interlocked.Increment(ref _dropped);
            return false;
        }

        dropped = Interlocked.Exchange(ref _dropped, 0);
        return true;
    }

    private static bool HasOperation(RpcFunction function) =>
        function is RpcFunction.FileSystem or RpcFunction.Socket or RpcFunction.Plugin;
}
