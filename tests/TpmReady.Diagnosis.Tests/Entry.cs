// SPDX-License-Identifier: MIT

namespace TpmReady.Diagnosis.Tests;

/// <summary>One entry of a log that tests write in every format.</summary>
/// <param name="Seconds">Seconds since the kernel started.</param>
/// <param name="Identifier">The program, "kernel" for the kernel.</param>
/// <param name="Pid">Its process id.</param>
/// <param name="Message">What it says.</param>
internal sealed record Entry(double Seconds, string Identifier, int Pid, string Message)
{
    /// <summary>"kernel" or "name[pid]".</summary>
    public string Who => Identifier is "kernel" ? "kernel" : $"{Identifier}[{Pid}]";
}
