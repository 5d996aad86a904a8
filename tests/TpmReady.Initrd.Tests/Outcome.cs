// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;

namespace TpmReady.Initrd.Tests;

/// <summary>How a program ended.</summary>
/// <param name="Status">Its exit status.</param>
/// <param name="Text">What it printed, and then its complaints.</param>
internal sealed record Outcome(int Status, string Text)
{
    /// <summary>The last line that says something.</summary>
    public string LastLine => Text.Split('\n').LastOrDefault(static line => line.Length > 0) ?? "";

    /// <summary>Runs a program to its end.</summary>
    public static async Task<Outcome> OfAsync(string program, IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using Process process =
            Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start.");
        Task<string> error = process.StandardError.ReadToEndAsync();
        string text = await process.StandardOutput.ReadToEndAsync();
        text += await error;
        await process.WaitForExitAsync();
        return new Outcome(process.ExitCode, text);
    }
}
