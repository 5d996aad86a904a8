// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>
/// A secure world that does what a script says, a kernel between it and a published tee-supplicant, and a directory for
/// everything. Nothing of it is left when it is disposed of.
/// </summary>
internal sealed class ScriptedWorld : ISecureWorld, IDisposable
{
    private const uint AllocateFunction = 6;
    private const uint FreeFunction = 7;

    private readonly string[] _options;
    private readonly StringBuilder _output = new();
    private Process? _process;

    /// <summary>Makes the directory and starts the program.</summary>
    /// <param name="daemon">Which program.</param>
    /// <param name="options">More options for ours; the C daemon has none to add.</param>
    public ScriptedWorld(Daemon daemon, params string[] options)
        : this(daemon, static _ => { }, options)
    {
    }

    /// <summary>Prepares the directory before the program is started.</summary>
    public ScriptedWorld(Daemon daemon, Action<ScriptedWorld> prepare, params string[] options)
    {
        Daemon = daemon;
        _options = options;
        Root = Directory.CreateTempSubdirectory("tpmready-world-").FullName;
        foreach (string directory in (string[])[Store, TrustedApplications, Plugins])
        {
            Directory.CreateDirectory(directory);
        }

        // The C daemon keeps what it finds; ours warns about a store that others can read.
        File.SetUnixFileMode(Store, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Kernel = new TeeKernel(Root);
        prepare(this);
        Start();
    }

    public Daemon Daemon { get; }

    public string Root { get; }

    public string Store => Path.Combine(Root, "outer", "store");

    public string TrustedApplications => Path.Combine(Root, "ta");

    public string Plugins => Path.Combine(Root, "plugins");

    /// <summary>The kernel; a new one for each process.</summary>
    public TeeKernel Kernel { get; private set; }

    /// <summary>How long an answer may take.</summary>
    public TimeSpan Limit { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Where its system calls are written, with marks of shim.c; nowhere if null. Set while preparing.</summary>
    public string? TracePath { get; set; }

    public int ProcessId => _process!.Id;

    public bool IsGone => _process!.HasExited;

    /// <summary>What the program wrote on both its outputs.</summary>
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

    /// <summary>Sends a request and waits for its answer.</summary>
    public Reply Call(uint function, params Parameter[] parameters) => Wait(Kernel.Begin(function, parameters));

    /// <summary>Waits for an answer.</summary>
    public Reply Wait(Request request)
    {
        if (Kernel.Wait(() => request.Reply is not null, () => IsGone, Limit))
        {
            return request.Reply!;
        }

        throw new ProgramGoneException(
            IsGone
                ? Ending()
                : string.Create(CultureInfo.InvariantCulture, $"no answer in {Limit.TotalSeconds:0.#} s"));
    }

    /// <summary>Waits until the program has received a request.</summary>
    public void WaitUntilTaken(Request request) => Until(() => request.IsDelivered);

    /// <summary>Waits for something; the program's end ends the wait, too.</summary>
    public void Until(Func<bool> wanted)
    {
        if (!Kernel.Wait(wanted, () => IsGone, Limit))
        {
            throw new ProgramGoneException(IsGone ? Ending() : "does not go on");
        }
    }

    /// <summary>Has the program allocate shared memory, as every request with a buffer does first.</summary>
    public SharedBuffer Allocate(int size)
    {
        Reply reply = Call(AllocateFunction, Parameter.ValueInOut(0, (ulong)size));
        return reply.IsSuccess
            ? Kernel.Memory.Single(memory => memory.Id == (int)reply.Parameters[0].C)
            : throw new InvalidOperationException($"allocating {size} bytes: {reply.Name}");
    }

    /// <summary>Gives shared memory back.</summary>
    public Reply Free(SharedBuffer buffer) => Call(FreeFunction, Parameter.ValueInOut(0, (ulong)buffer.Id));

    /// <summary>Sends a signal.</summary>
    public void Signal(int signal) => _ = Processes.RunningProgram.Kill(ProcessId, signal);

    /// <summary>Waits for the end, and says how it was.</summary>
    public string Ending()
    {
        if (!_process!.WaitForExit(Limit))
        {
            return "does not end";
        }

        // .NET reports a signal N as 128 + N, as shells do.
        return _process.ExitCode > 128
            ? $"killed by {SignalName(_process.ExitCode - 128)}"
            : $"ends with {_process.ExitCode}";
    }

    /// <summary>Kills the program and starts it again on the same directory.</summary>
    public void Restart()
    {
        Stop();
        Kernel.Dispose();
        File.Delete(Kernel.SocketPath);
        Kernel = new TeeKernel(Root);
        Start();
    }

    public void Dispose()
    {
        Stop();
        Kernel.Dispose();
        Directory.Delete(Root, recursive: true);
    }

    private void Start()
    {
        string[] command = PublishedProgram.Command(Daemon);
        string shim = PublishedProgram.Compile(Daemon, "shim.c");
        string[] all =
        [
            .. command[1..], "-f", Store, "-l", TrustedApplications, "-p", Plugins,
            .. Daemon == Daemon.Ours ? _options : [],
        ];
        if (TracePath is not null && Daemon == Daemon.Ours)
        {
            // -D: the program stays this process's child. In strace's own environment the shim would be strace's, too.
            all = ["-f", "-D", "-q", "-o", TracePath, "-E", $"LD_PRELOAD={shim}", .. command, .. all[(command.Length - 1)..]];
            command = ["strace"];
        }

        ProcessStartInfo start = new(command[0], all)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Root,
        };
        start.Environment.Remove("NOTIFY_SOCKET");
        start.Environment.Remove("JOURNAL_STREAM");
        start.Environment["SCRIPTED_KERNEL_SOCKET"] = Kernel.SocketPath;
        start.Environment["SCRIPTED_KERNEL_FAULTS"] = Kernel.FaultPath;
        if (TracePath is not null)
        {
            start.Environment["SCRIPTED_KERNEL_MARKS"] = "1";
            start.Environment["QEMU_STRACE"] = "1";
            start.Environment["QEMU_LOG_FILENAME"] = TracePath;
        }

        if (TracePath is null || Daemon == Daemon.C)
        {
            start.Environment[Daemon == Daemon.C ? "SCRIPTED_KERNEL_SHIM" : "LD_PRELOAD"] = shim;
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} does not start.");
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
        {
            _output.AppendLine(line.Data);
        }
    }

    private void Stop()
    {
        if (!_process!.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private static string SignalName(int signal) => signal switch
    {
        6 => "SIGABRT",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        _ => $"signal {signal}",
    };
}
