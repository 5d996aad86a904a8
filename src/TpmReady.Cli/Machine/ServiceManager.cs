// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Threading.Tasks;
using TpmReady.Systemd;

namespace TpmReady.Cli.Machine;

/// <summary>The service manager of the machine that we run on.</summary>
internal static class ServiceManager
{
    // It answers in milliseconds; one that does not must not keep a status from being told.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Asks for the states of units, by one call of systemctl.</summary>
    /// <param name="names">The units.</param>
    /// <returns>Null if there is no systemctl, or no service manager that answers it.</returns>
    public static IReadOnlyList<UnitState>? Show(IEnumerable<string> names) =>
        Run("systemctl", ["show", "--no-pager", "--property=" + UnitState.Properties, "--", .. names], Patience)
            is { } text
            ? UnitState.Parse(text)
            : null;

    /// <summary>Runs a program that only reads.</summary>
    /// <param name="program">Its name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="patience">How long it may take; then it is ended.</param>
    /// <returns>What it printed; null if it is not there, failed or took too long.</returns>
    public static string? Run(string program, IEnumerable<string> arguments, TimeSpan patience)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginErrorReadLine();
            if (!process.WaitForExit(patience))
            {
                process.Kill();
                return null;
            }

            return process.ExitCode == 0 ? output.GetAwaiter().GetResult() : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
