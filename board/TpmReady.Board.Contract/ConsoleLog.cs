// SPDX-License-Identifier: MIT

using System;
using TpmReady.Supplicant.Logging;

namespace TpmReady.Board.Contract;

/// <summary>Messages on standard output.</summary>
internal sealed class ConsoleLog : ILog
{
    public bool IsEnabled(LogLevel level) => level <= LogLevel.Info;

    public void Write(LogLevel level, string message)
    {
        if (IsEnabled(level))
        {
            Console.WriteLine($"{level}: {message}");
        }
    }
}
