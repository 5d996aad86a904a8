// SPDX-License-Identifier: MIT

using System;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Threading;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Sandbox;

namespace TpmReady.Supplicant.Tests.Sandbox;

/// <summary>
/// A thread of the test process in the real cage, with the threads that it starts. Files are refused by the kernel;
/// system calls outside the filter are let through but noted, so that one list names all that a feature lacks.
/// </summary>
internal sealed unsafe class CagedThread : IDisposable
{
    // include/uapi/linux/seccomp.h.
    private const uint UserNotification = 0x7fc00000;
    private const uint NewListener = 8;
    private const nuint ReceiveNotification = 0xc0502100;
    private const nuint SendNotification = 0xc0182101;
    private const uint GoOn = 1;

    private readonly SandboxScope _scope;
    private readonly bool[] _refused = new bool[SystemCalls.FirstUnknown];
    private readonly ManualResetEventSlim _isWatched = new();
    private volatile bool _ended;
    private int _listener = -1;

    // A runtime that compiles code also loads it.
    public CagedThread(SandboxScope scope) => _scope = scope with
    {
        CompilesCode = true,
        AllowedPaths = [.. scope.AllowedPaths, AppContext.BaseDirectory, RuntimeEnvironment.GetRuntimeDirectory()],
    };

    /// <summary>The numbers of the calls that the filter would have refused.</summary>
    public int[] Refused => [.. Enumerable.Range(0, _refused.Length).Where(number => _refused[number])];

    /// <summary>Runs something inside.</summary>
    public void Run(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        Thread watcher = new(Watch) { IsBackground = true };
        watcher.Start();
        Thread inside = new(() =>
        {
            try
            {
                Enter();
                action();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        });
        inside.Start();
        if (!inside.Join(TimeSpan.FromSeconds(60)))
        {
            throw new TimeoutException($"The caged thread hangs; noted so far: {string.Join(' ', Refused)}.");
        }

        failure?.Throw();
    }

    public void Dispose() => _ended = true;

    private void Enter()
    {
        int level = LandlockRuleset.Level();
        int error = level == 0 ? 0 : new LandlockRuleset(new LinuxFileOperations()).Apply(Math.Min(level, 7), _scope);
        if (error != 0)
        {
            throw new InvalidOperationException($"Landlock: {Errno.Name(error)}.");
        }

        _ = Libc.Prctl(Libc.PR_SET_NO_NEW_PRIVS, (byte*)1, 0, 0, 0);
        SystemCallPolicy policy = new(_scope, RuntimeInformation.ProcessArchitecture, Libc.GetProcessId());
        ReadOnlySpan<FilterInstruction> filter = policy.Build(UserNotification);
        fixed (FilterInstruction* instructions = filter)
        {
            Libc.FilterProgram program = new() { Length = (ushort)filter.Length, Instructions = instructions };
            int listener = Libc.Seccomp(Libc.SECCOMP_SET_MODE_FILTER, NewListener, &program);
            if (listener < 0)
            {
                throw new InvalidOperationException($"seccomp: {Errno.Name(Libc.LastError)}.");
            }

            Volatile.Write(ref _listener, listener);
        }

        _isWatched.Wait();
    }

    // Allocates nothing: a caged thread may wait for it with the collector's lock held.
    private void Watch()
    {
        while (Volatile.Read(ref _listener) < 0)
        {
            Thread.Sleep(1);
        }

        ulong* notification = stackalloc ulong[10];
        ulong* answer = stackalloc ulong[3];
        Libc.PollDescriptor poll = new() { Descriptor = _listener, Events = Libc.POLLIN };
        _isWatched.Set();
        while (!_ended && (poll.Returned & Libc.POLLHUP) == 0)
        {
            if (Libc.Poll(&poll, 1, 100) <= 0 || (poll.Returned & Libc.POLLIN) == 0)
            {
                continue;
            }

            new Span<ulong>(notification, 10).Clear();
            if (Libc.Ioctl(_listener, ReceiveNotification, notification) == 0)
            {
                _refused[(int)Math.Min((uint)notification[2], SystemCalls.FirstUnknown - 1)] = true;
                answer[0] = notification[0];
                answer[1] = 0;
                answer[2] = (ulong)GoOn << 32;
                _ = Libc.Ioctl(_listener, SendNotification, answer);
            }
        }

        // Closed with the process: a thread that outlives the test must not find its calls failing.
    }
}
