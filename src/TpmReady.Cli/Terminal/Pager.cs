// SPDX-License-Identifier: MIT

using System;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;

namespace TpmReady.Cli.Terminal;

/// <summary>
/// A pager between us and the terminal, chosen as systemd's tools choose it: $SYSTEMD_PAGER, $PAGER, less; empty or "cat"
/// means none; and only when standard output is a terminal.
/// </summary>
internal sealed class Pager : IDisposable
{
    private readonly Process? _process;

    private Pager(Process? process)
    {
        _process = process;
        Writer = process?.StandardInput ?? Console.Out;
    }

    /// <summary>Where to write.</summary>
    public TextWriter Writer { get; }

    /// <summary>Starts a pager if one is wanted and there is one.</summary>
    /// <param name="wanted">Whether the user allows one.</param>
    public static Pager Start(bool wanted)
    {
        string command = Environment.GetEnvironmentVariable("SYSTEMD_PAGER") ?? Environment.GetEnvironmentVariable("PAGER") ?? "less";
        if (!wanted || Console.IsOutputRedirected || command is "" or "cat")
        {
            return new Pager(null);
        }

        ProcessStartInfo start = new("/bin/sh", ["-c", command]) { RedirectStandardInput = true, UseShellExecute = false };
        // F: leave when it fits on the screen; R: colours; S: long lines; X: keep the screen; M: long prompt; K: leave on ^C.
        start.Environment["LESS"] = Environment.GetEnvironmentVariable("SYSTEMD_LESS") ?? "FRSXMK";
        try
        {
            return new Pager(Process.Start(start));
        }
        catch (Win32Exception)
        {
            return new Pager(null);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_process is null)
        {
            Writer.Flush();
            return;
        }

        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The reader left before the end.
        }

        _process.WaitForExit();
        _process.Dispose();
    }
}
