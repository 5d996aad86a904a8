// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace TpmReady.Cli.Tests;

/// <summary>Runs the tool as a user does, as a process of its own.</summary>
internal static class Tool
{
    /// <summary>A log in which a supplicant was missing.</summary>
    public const string Failing = "[    4.101234] ftpm-tee ftpm: ftpm_tee_probe: tee_client_open_session failed, err=ffff000e\n";

    /// <summary>A log in which a TPM was waited for, in vain.</summary>
    public const string Waiting =
        "[    2.000000] host systemd[1]: Expecting device dev-tpmrm0.device - /dev/tpmrm0...\n" +
        "[   92.000000] host systemd[1]: Timed out waiting for device dev-tpmrm0.device - /dev/tpmrm0.\n";

    public static readonly string Program = Environment.GetEnvironmentVariable("TPMREADY_TOOL") is { Length: > 0 } given
        ? given
        : Path.Combine(AppContext.BaseDirectory, "tpmready");

    public static async Task<(int Code, string Output, string Errors)> Run(
        IEnumerable<string> arguments, string input = "", string? root = null, bool colour = false)
    {
        ProcessStartInfo start = new(Program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("GITHUB_ACTIONS");
        start.Environment.Remove("SYSTEMD_COLORS");
        if (root is not null)
        {
            start.Environment["TPMREADY_ROOT"] = root;
        }

        if (colour)
        {
            start.Environment["SYSTEMD_COLORS"] = "1";
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The tool refused its command line and did not read.
        }

        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>Writes a file into a new directory.</summary>
    public static string File(string text)
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("tpmready-").FullName, "boot.log");
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
