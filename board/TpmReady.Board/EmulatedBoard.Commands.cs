// SPDX-License-Identifier: MIT

using System;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Board.Guest;

namespace TpmReady.Board;

/// <content>What can be done in a running guest.</content>
public sealed partial class EmulatedBoard
{
    /// <summary>Ten minutes: what a single step may take when the machine is busy with other boards.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromMinutes(10);

    /// <summary>Starts a script (bash) and returns at once.</summary>
    public Task<Script> StartScriptAsync(
        string script, Action<string>? listener = null, CancellationToken cancellation = default) =>
        Agent.RunAsync(script, listener, cancellation);

    /// <summary>Runs a script (bash) to its end, whatever that is.</summary>
    /// <exception cref="BoardException">It did not end in time, or the board went away.</exception>
    public async Task<ScriptResult> TryRunAsync(
        string script, TimeSpan? limit = null, Action<string>? listener = null, CancellationToken cancellation = default)
    {
        Script running = await Agent.RunAsync(script, listener, cancellation).ConfigureAwait(false);
        TimeSpan time = limit ?? DefaultLimit;
        try
        {
            return await running.Completion.WaitAsync(time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException error)
        {
            throw new BoardException(
                $"'{script}' did not end within {time.TotalSeconds:0} s; it had printed: {running.Output}\n{Consoles()}", error);
        }
    }

    /// <summary>Runs a script that must succeed, and returns what it printed.</summary>
    /// <exception cref="BoardException">It failed; the message says what it printed and what the consoles say.</exception>
    public async Task<string> RunAsync(
        string script, TimeSpan? limit = null, Action<string>? listener = null, CancellationToken cancellation = default)
    {
        ScriptResult result = await TryRunAsync(script, limit, listener, cancellation).ConfigureAwait(false);
        return result.Succeeded
            ? result.Output
            : throw new BoardException(
                $"'{script}' ended with {result.ExitCode} and printed: {result.Output}\n{Consoles()}");
    }

    /// <summary>Sends a signal to every process of a script.</summary>
    public Task SignalAsync(Script script, int signal, CancellationToken cancellation = default) =>
        Agent.SignalAsync(script, signal, cancellation);

    /// <summary>Writes a file in the guest; its directory must exist.</summary>
    public Task PutAsync(string path, ReadOnlyMemory<byte> contents, int mode = 0x1A4, CancellationToken cancellation = default) =>
        Agent.PutAsync(path, contents, mode, cancellation);

    /// <summary>Waits until systemd has finished starting: everything reached, or something failed.</summary>
    public async Task WaitForSystemAsync(CancellationToken cancellation = default) =>
        await TryRunAsync("systemctl is-system-running --wait", cancellation: cancellation).ConfigureAwait(false);

    /// <summary>Shuts the guest down in an orderly way.</summary>
    public async Task PowerOffAsync(TimeSpan? limit = null, CancellationToken cancellation = default)
    {
        string command = Options.Init == InitKind.Systemd ? "systemctl poweroff" : "/opt/board/plain-poweroff";
        await Agent.RunAsync(command, null, cancellation).ConfigureAwait(false);
        await WaitForPowerOffAsync(limit ?? DefaultLimit, cancellation).ConfigureAwait(false);
    }
}
