// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Board.Guest;
using TpmReady.Board.Machine;
using TpmReady.Board.Payload;

namespace TpmReady.Board;

/// <summary>A running board. Disposing it cuts its power, and throws its disks away unless it was given a place for them.</summary>
public sealed partial class EmulatedBoard : IAsyncDisposable
{
    private readonly BoardFiles _files;
    private readonly bool _throwAway;
    private readonly Process _qemu;
    private readonly SoftwareTpm _tpm;
    private readonly long _started = Stopwatch.GetTimestamp();
    private AgentConnection? _agent;

    private EmulatedBoard(BoardOptions options, BoardFiles files, bool throwAway, Process qemu, SoftwareTpm tpm)
    {
        Options = options;
        _files = files;
        _throwAway = throwAway;
        _qemu = qemu;
        _tpm = tpm;
    }

    /// <summary>How it was started.</summary>
    public BoardOptions Options { get; }

    /// <summary>From power on to the agent's first answer.</summary>
    public TimeSpan AgentReadyAfter { get; private set; }

    /// <summary>The command that boots the same board again.</summary>
    public string ReproduceCommand => BoardCommandLine.Format(Options, _throwAway ? null : _files.StateDirectory);

    /// <summary>The folder with both worlds' logs and the emulator's whole command line.</summary>
    public string RunDirectory => _files.RunDirectory;

    /// <summary>What the normal world's console has shown.</summary>
    public string NormalLog => ReadLog(_files.NormalLog);

    /// <summary>What the secure world's console has shown.</summary>
    public string SecureLog => ReadLog(_files.SecureLog);

    /// <summary>Whether the board's power is on.</summary>
    public bool IsRunning => !_qemu.HasExited;

    private AgentConnection Agent => _agent ?? throw new InvalidOperationException("an interactive board has no agent");

    /// <summary>Powers a board on and waits until it takes commands.</summary>
    /// <exception cref="BoardException">It did not come up; the message has the end of both consoles.</exception>
    public static async Task<EmulatedBoard> StartAsync(
        BoardOptions options, BoardArtifacts artifacts, CancellationToken cancellation = default)
    {
        Dictionary<string, string> payload = Repository.StandardPayload(artifacts);
        foreach ((string name, string path) in options.ExtraFiles)
        {
            payload[name] = path;
        }

        string image = await PayloadImage.MakeAsync(payload, Path.Combine(Repository.Cache, "payloads"), cancellation)
            .ConfigureAwait(false);
        string state = options.StateDirectory ?? Directory.CreateTempSubdirectory("tpmready-board-").FullName;
        string initrd = await InitrdImage.MakeAsync(
            artifacts.Initrd(options.Initrd), options, Path.Combine(Repository.Cache, "payloads"), cancellation)
            .ConfigureAwait(false);
        BoardFiles files = new(state, BoardFiles.NextRunDirectory(state), image, initrd);
        await PrepareDisksAsync(options, artifacts, files, cancellation).ConfigureAwait(false);
        if (options.Firmware != FirmwareKind.Uefi)
        {
            await DeviceTree.WriteAsync(options, artifacts, files, cancellation).ConfigureAwait(false);
        }

        SoftwareTpm tpm = await SoftwareTpm.StartAsync(options, files, cancellation).ConfigureAwait(false);
        EmulatedBoard board = new(options, files, options.StateDirectory is null, StartEmulator(options, artifacts, files), tpm);
        if (!options.Interactive)
        {
            await board.WaitForAgentAsync(cancellation).ConfigureAwait(false);
        }

        return board;
    }

    /// <summary>Cuts the power: the emulator is killed, and with it everything that the guest had not written.</summary>
    public async Task CutPowerAsync()
    {
        if (IsRunning)
        {
            _qemu.Kill();
            await _qemu.WaitForExitAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Stops the board's time; what it had sent can still be read.</summary>
    public async Task FreezeAsync(CancellationToken cancellation = default)
    {
        await SignalEmulatorAsync("-STOP", cancellation).ConfigureAwait(false);

        // A signal takes effect a moment after it was sent. In a thread's stat, T is "stopped": proc_pid_stat(5).
        while (IsRunning && Directory.EnumerateDirectories($"/proc/{_qemu.Id}/task").Any(thread => !IsStopped(thread)))
        {
            await Task.Delay(1, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Lets a frozen board go on.</summary>
    public Task ThawAsync(CancellationToken cancellation = default) => SignalEmulatorAsync("-CONT", cancellation);

    /// <summary>Waits until the board has switched itself off.</summary>
    /// <exception cref="BoardException">It is still on after <paramref name="limit"/>.</exception>
    public async Task WaitForPowerOffAsync(TimeSpan limit, CancellationToken cancellation = default)
    {
        try
        {
            await _qemu.WaitForExitAsync(cancellation).WaitAsync(limit, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException error)
        {
            throw new BoardException($"the board did not switch off within {limit.TotalSeconds:0} s. {Consoles()}", error);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CutPowerAsync().ConfigureAwait(false);
        if (_agent is not null)
        {
            await _agent.DisposeAsync().ConfigureAwait(false);
        }

        _tpm.Dispose();
        _qemu.Dispose();
        Directory.Delete(_files.SocketDirectory, recursive: true);
        if (_throwAway)
        {
            Directory.Delete(_files.StateDirectory, recursive: true);
        }
    }

    /// <summary>The end of both consoles, for the message of a failure.</summary>
    public string Consoles(int lines = 40) =>
        $"""
        The normal world's console ended with:
        {Tail(NormalLog, lines)}
        The secure world's console ended with:
        {Tail(SecureLog, lines)}
        Reproduce with: {ReproduceCommand}
        """;

    private static async Task PrepareDisksAsync(
        BoardOptions options, BoardArtifacts artifacts, BoardFiles files, CancellationToken cancellation)
    {
        if (!File.Exists(files.RootOverlay))
        {
            await ChildProcess.RunAsync(
                artifacts.QemuImg,
                ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", artifacts.Root, files.RootOverlay],
                cancellation).ConfigureAwait(false);
        }

        if (options.SpareDisk && !File.Exists(files.SpareDisk))
        {
            await ChildProcess.RunAsync(
                artifacts.QemuImg, ["create", "-q", "-f", "qcow2", files.SpareDisk, "1G"], cancellation)
                .ConfigureAwait(false);
        }

        if (options.Emmc && !File.Exists(files.Emmc))
        {
            // A card of 32 MiB in front of the RPMB partition, which the emulator takes from the end of the same image.
            await using FileStream card = File.Create(files.Emmc);
            card.SetLength((32 * 1024 * 1024) + BoardFiles.RpmbBytes);
        }
    }

    private static Process StartEmulator(BoardOptions options, BoardArtifacts artifacts, BoardFiles files)
    {
        List<string> arguments = QemuCommand.Boot(options, artifacts, files);
        File.WriteAllText(
            files.CommandFile, "#!/bin/sh\n" + ChildProcess.Quote(artifacts.Qemu, arguments) + "\n");
        return ChildProcess.Start(artifacts.Qemu, arguments, options.Interactive ? null : files.QemuLog);
    }

    private static bool IsStopped(string thread)
    {
        try
        {
            string stat = File.ReadAllText(Path.Combine(thread, "stat"));
            return stat[(stat.LastIndexOf(')') + 1)..].TrimStart().StartsWith('T');
        }
        catch (IOException)
        {
            // A thread that has just ended does nothing any more.
            return true;
        }
    }

    private static string ReadLog(string path)
    {
        if (!File.Exists(path))
        {
            return "";
        }

        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    private static string Tail(string text, int lines)
    {
        string[] all = text.Split('\n');
        return string.Join('\n', all[Math.Max(0, all.Length - lines)..]);
    }

    private async Task SignalEmulatorAsync(string signal, CancellationToken cancellation) =>
        await ChildProcess.RunAsync("kill", [signal, FormattableString.Invariant($"{_qemu.Id}")], cancellation)
            .ConfigureAwait(false);

    private async Task WaitForAgentAsync(CancellationToken cancellation)
    {
        try
        {
            await ConnectAsync(cancellation).WaitAsync(Options.BootLimit, cancellation).ConfigureAwait(false);
            AgentReadyAfter = Stopwatch.GetElapsedTime(_started);
        }
        catch (Exception error) when (error is BoardException or TimeoutException or OperationCanceledException)
        {
            string consoles = Consoles() + "\nThe emulator said: " + Tail(ReadLog(_files.QemuLog), 10);
            await DisposeAsync().ConfigureAwait(false);
            throw new BoardException($"the board did not come up: {error.Message} {consoles}", error);
        }
    }

    private async Task ConnectAsync(CancellationToken cancellation)
    {
        // The emulator's socket is there a moment before it listens, so a refusal is only a reason to try again.
        while (_agent is null)
        {
            if (_qemu.HasExited)
            {
                throw new BoardException($"the emulator ended with {_qemu.ExitCode}");
            }

            try
            {
                _agent = await AgentConnection.ConnectAsync(_files.AgentSocket, cancellation).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                await Task.Delay(20, cancellation).ConfigureAwait(false);
            }
        }

        await _agent.Ready.ConfigureAwait(false);
    }
}
