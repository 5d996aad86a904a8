// SPDX-License-Identifier: MIT

using System;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>
/// A secure world whose supplicant dies and is followed: keeper.c starts each process, and keeps what it is given.
/// </summary>
internal sealed class KeptWorld : ISecureWorld, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly StringBuilder _output = new();
    private readonly BlockingCollection<int> _reloads = [];
    private readonly Process _keeper;
    private volatile int _main;

    /// <summary>Makes a directory and starts the first program, which may be killed before it serves.</summary>
    public KeptWorld(
        Daemon daemon, DeathPoint death = DeathPoint.None, int times = 0, string? program = null)
    {
        Root = Directory.CreateTempSubdirectory("tpmready-kept-").FullName;
        foreach (string directory in (string[])[Store, TrustedApplications, Plugins])
        {
            Directory.CreateDirectory(directory);
        }

        File.SetUnixFileMode(Store, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Kernel = new TeeKernel(Root) { NumbersAtQueueTime = true };
        File.Copy(PublishedProgram.Compile(daemon, "plugin.c"), Path.Combine(Plugins, "scripted.plugin"));
        Kernel.PlanDeath(death, times);
        string[] command = program is null ? PublishedProgram.Command(daemon) : [program, "tee-supplicant"];
        _keeper = Start(daemon, command);
    }

    /// <inheritdoc/>
    public TeeKernel Kernel { get; }

    public string Root { get; }

    public string Store => Path.Combine(Root, "store");

    public string TrustedApplications => Path.Combine(Root, "ta");

    /// <summary>The process that the service manager takes for the service.</summary>
    public int MainProcess => _main;

    /// <summary>What all the programs wrote.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    private string Plugins => Path.Combine(Root, "plugins");

    /// <inheritdoc/>
    public Reply Call(uint function, params Parameter[] parameters) => Wait(Kernel.Begin(function, parameters));

    /// <inheritdoc/>
    public Reply Wait(Request request) => request.Ended.Wait(Patience)
        ? request.Reply!
        : throw new ProgramGoneException($"function {request.Function}: no answer in {Patience.TotalSeconds} s");

    /// <inheritdoc/>
    public SharedBuffer Allocate(int size)
    {
        Reply reply = Call(6, Parameter.ValueInOut(0, (ulong)size));
        return reply.IsSuccess
            ? Kernel.Memory.Single(memory => memory.Id == (int)reply.Parameters[0].C)
            : throw new RefusedException("SHM_ALLOC", reply);
    }

    /// <summary>Gives shared memory back.</summary>
    public Reply Free(SharedBuffer buffer) => Call(7, Parameter.ValueInOut(0, (ulong)buffer.Id));

    /// <summary>Waits until the first program receives.</summary>
    public void WaitUntilServed()
    {
        if (!Kernel.Wait(() => !Kernel.Starts.IsEmpty, () => _keeper.HasExited, Patience))
        {
            throw new ProgramGoneException($"nobody receives: {Output}");
        }
    }

    /// <summary>Replaces the executable: the next process is that of another file.</summary>
    public void Use(string program) => _keeper.StandardInput.WriteLine($"use {program}");

    /// <summary>Has the service manager reload the service, as ExecReload= of the packaged unit says.</summary>
    /// <returns>The exit status of the program that was started for it.</returns>
    public int Reload()
    {
        _keeper.StandardInput.WriteLine("reload");
        return _reloads.TryTake(out int status, Patience)
            ? status >> 8
            : throw new ProgramGoneException($"the reload does not end: {Output}");
    }

    /// <summary>Waits until so many processes have come.</summary>
    public bool WaitForGeneration(int generation) =>
        Kernel.Wait(() => Kernel.Generation >= generation, () => _keeper.HasExited, Patience);

    /// <inheritdoc/>
    public void Dispose()
    {
        _keeper.StandardInput.Close();
        if (!_keeper.WaitForExit(Patience))
        {
            _keeper.Kill();
        }

        _keeper.Dispose();
        _reloads.Dispose();
        Kernel.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    private Process Start(Daemon daemon, string[] command)
    {
        string shim = PublishedProgram.Compile(daemon, "shim.c");
        string[] own = daemon == Daemon.Ours ? [$"--rpmb-emu={Path.Combine(Store, "rpmb")}", "--seccomp=kill"] : [];
        ProcessStartInfo start = new(
            PublishedProgram.CompileKeeper(),
            [
                Path.Combine(Root, "notify"), .. command, "-f", Store, "-l", TrustedApplications,
                "-p", Plugins, .. own,
            ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Root,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        start.Environment.Remove("JOURNAL_STREAM");
        start.Environment["SCRIPTED_KERNEL_SOCKET"] = Kernel.SocketPath;
        start.Environment["SCRIPTED_KERNEL_FAULTS"] = Kernel.FaultPath;
        start.Environment[daemon == Daemon.C ? "SCRIPTED_KERNEL_SHIM" : "KEEPER_PRELOAD"] = shim;
        Process process = Process.Start(start) ?? throw new InvalidOperationException("The keeper does not start.");
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        string[] words = line.Data?.Split(" tee-shm-") ?? [];
        if (words is ["kept" or "forgot", string id])
        {
            Kernel.NoteStored(int.Parse(id, CultureInfo.InvariantCulture), words[0].Length == 4);
            return;
        }

        switch (line.Data?.Split(' '))
        {
            case ["started" or "main", string process]:
                _main = int.Parse(process, CultureInfo.InvariantCulture);
                break;
            case ["reloaded", string status]:
                _reloads.Add(int.Parse(status, CultureInfo.InvariantCulture));
                break;
        }

        lock (_output)
        {
            _output.AppendLine(line.Data);
        }
    }
}
