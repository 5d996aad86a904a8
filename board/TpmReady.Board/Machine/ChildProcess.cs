// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace TpmReady.Board.Machine;

/// <summary>Programs of the host that the board needs.</summary>
internal static class ChildProcess
{
    /// <summary>Starts a program whose output goes to a file, or to this terminal.</summary>
    public static Process Start(string program, IEnumerable<string> arguments, string? log = null)
    {
        // The shell opens the log, so that nothing here has to pump output while the program runs.
        ProcessStartInfo start = log is null
            ? new ProcessStartInfo(program, arguments)
            : new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >\"$0\" 2>&1 </dev/null", log, program, .. arguments]);
        return Process.Start(start) ?? throw new BoardException($"{program} did not start");
    }

    /// <summary>Runs a program whose messages go to this terminal, and returns what it printed on standard output.</summary>
    /// <exception cref="BoardException">It failed; it has said why.</exception>
    public static async Task<string> RunVisiblyAsync(string program, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true };
        using Process process = Process.Start(start) ?? throw new BoardException($"{program} did not start");
        string output = await process.StandardOutput.ReadToEndAsync(cancellation).ConfigureAwait(false);
        await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        return process.ExitCode == 0
            ? output
            : throw new BoardException(FormattableString.Invariant($"{program} ended with {process.ExitCode}"));
    }

    /// <summary>Runs a program to its end and returns what it printed.</summary>
    /// <exception cref="BoardException">It failed; the message has its last words.</exception>
    public static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, CancellationToken cancellation = default)
    {
        string[] words = [.. arguments];
        var start = new ProcessStartInfo(program, words) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start) ?? throw new BoardException($"{program} did not start");
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
        Task<string> errors = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation).ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            throw new BoardException(
                $"{program} {string.Join(' ', words.Take(6))} ended with {process.ExitCode}: {await errors.ConfigureAwait(false)}");
        }

        return await output.ConfigureAwait(false);
    }

    /// <summary>One line that a shell can run again.</summary>
    public static string Quote(string program, IEnumerable<string> arguments) =>
        string.Join(' ', new[] { program }.Concat(arguments).Select(QuoteWord));

    private static string QuoteWord(string word) =>
        word.All(c => char.IsAsciiLetterOrDigit(c) || "-_./=:,+@%".Contains(c, StringComparison.Ordinal)) && word.Length > 0
            ? word
            : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
