// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace TpmReady.Boot.Tests.Processes;

/// <summary>A started executable, which does not outlive its test.</summary>
internal sealed partial class RunningProgram(Process process) : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Its process id.</summary>
    public int Id => process.Id;

    /// <summary>Its standard error.</summary>
    public StreamReader Error => process.StandardError;

    /// <summary>Sends a signal.</summary>
    public void Signal(int signal)
    {
        if (Kill(process.Id, signal) != 0)
        {
            throw new InvalidOperationException("The process is gone.");
        }
    }

    /// <summary>Waits for its end and returns the exit status.</summary>
    public async Task<int> WaitAsync()
    {
        using CancellationTokenSource limit = new(Limit);
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    public void Dispose()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int process, int signal);
}
