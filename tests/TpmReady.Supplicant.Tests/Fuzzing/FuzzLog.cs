// SPDX-License-Identifier: MIT

using System;
using TpmReady.Supplicant.Logging;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>Counts messages, and looks whether they could break the log of a system.</summary>
internal sealed class FuzzLog(LogLevel level, FuzzFaults faults) : ILog
{
    private const int LongestMessage = 1000;

    /// <summary>How many messages were written.</summary>
    public long Count { get; private set; }

    public bool IsEnabled(LogLevel asked) => asked <= level;

    public void Write(LogLevel written, string message)
    {
        Count++;
        bool isError = message.StartsWith("internal error", StringComparison.Ordinal);
        if (isError || message.Length > LongestMessage || message.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            faults.Add($"the log got: {message}");
        }
    }
}
