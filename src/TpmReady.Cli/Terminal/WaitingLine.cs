// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;

namespace TpmReady.Cli.Terminal;

/// <summary>Says on standard error what is waited for; silent for the first second and without a terminal.</summary>
internal sealed class WaitingLine(bool isQuiet) : IDisposable
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    private readonly long _start = Stopwatch.GetTimestamp();
    private bool _isShown;

    /// <summary>Shows a line in the place of the last one, cut at the terminal's edge.</summary>
    public void Show(string text)
    {
        if (isQuiet || Console.IsErrorRedirected || Stopwatch.GetElapsedTime(_start) < First)
        {
            return;
        }

        int width = TerminalStyle.ErrorWidth - 1;
        Console.Error.Write($"\r{(text.Length > width ? text[..width] : text)}\e[K");
        _isShown = true;
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_isShown)
        {
            Console.Error.Write("\r\e[K");
            _isShown = false;
        }
    }
}
