// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Channel;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.SharedMemory;

namespace TpmReady.Supplicant.Server;

/// <summary>
/// The supplicant: threads that receive requests, serve them and answer, each on its own from begin to end.
/// </summary>
/// <remarks>
/// One thread at first. When its first request shows that the kernel numbers requests, more threads start, so that two
/// always wait: a request that blocks never keeps another one waiting, and above all not the one that would unblock it.
/// </remarks>
public sealed partial class SupplicantServer
{
    private static readonly TimeSpan WakeInterval = TimeSpan.FromMilliseconds(2);

    private readonly StateArena _arena;
    private readonly RpcChannel _channel;
    private readonly Dispatcher _dispatcher;
    private readonly SupplicantLimits _limits;
    private readonly ILog _log;
    private readonly Worker[] _workers;
    private readonly Lock _growing = new();
    private readonly object _changed = new();
    private volatile bool _stopping;
    private volatile bool _armed;
    private int _receivers;
    private int _failure;
    private int _isSaturated;

    /// <summary>A server that is not running yet.</summary>
    /// <param name="device">The open device. The caller closes it, after <see cref="Drain"/>.</param>
    /// <param name="arena">Holds a slot for each thread.</param>
    /// <param name="memory">The shared memory, its pool registered.</param>
    /// <param name="services">At most one for each function.</param>
    /// <param name="limits">The limits that the arena was made with.</param>
    /// <param name="log">Where messages go.</param>
    public SupplicantServer(
        ITeeDevice device,
        StateArena arena,
        SharedMemoryTable memory,
        IEnumerable<IRpcService> services,
        SupplicantLimits limits,
        ILog log)
    {
        _arena = arena;
        _limits = limits;
        _log = log;
        _channel = new RpcChannel(device);
        Statistics = new SupplicantStatistics(memory);
        _dispatcher = new Dispatcher(_channel, services, memory, Statistics, log);
        _workers = new Worker[limits.MaximumThreads];
        for (int i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new Worker(arena.GetSlot(i));
        }
    }

    /// <summary>What was done so far.</summary>
    public SupplicantStatistics Statistics { get; }

    /// <summary>How the kernel hands requests out, as far as is known.</summary>
    public ChannelMode Mode => _channel.Mode;

    /// <summary>
    /// Called once, on a serving thread, with the error number, when the device cannot be received from any more. The
    /// process should then drain and end with a failure.
    /// </summary>
    public Action<int>? OnFailure { get; init; }

    /// <summary>Begins to serve. Returns when the first receiver is at the kernel's door.</summary>
    /// <exception cref="OutOfMemoryException">Not even one thread can be started.</exception>
    public void Start()
    {
        InstallWakeSignal();
        Interlocked.Increment(ref _receivers);
        StartWorker(Array.Find(_workers, static worker => worker.TryTake())!);
        lock (_changed)
        {
            while (!_armed)
            {
                Monitor.Wait(_changed);
            }
        }
    }

    /// <summary>
    /// Stops taking requests, and lets those that were received finish: first as they please, then with waits for peers
    /// aborted. Requests that the kernel still queues stay there for the next supplicant.
    /// </summary>
    /// <param name="grace">How long each of the two steps may last.</param>
    /// <returns>The number of requests that did not end.</returns>
    public int Drain(TimeSpan grace)
    {
        lock (_changed)
        {
            _stopping = true;
            Monitor.PulseAll(_changed);
        }

        long start = Stopwatch.GetTimestamp();
        while (WakeReceivers() && Stopwatch.GetElapsedTime(start) < grace)
        {
            Thread.Sleep(WakeInterval);
        }

        if (!WaitForRequests(grace))
        {
            _log.Write(LogLevel.Warning, $"{Statistics.InFlight} requests last; waits for peers are aborted");
            _dispatcher.AbortWaits();
            if (!WaitForRequests(grace))
            {
                _log.Write(LogLevel.Error, $"{Statistics.InFlight} requests remain unanswered");
            }
        }

        return Statistics.InFlight;
    }

    private void InstallWakeSignal()
    {
        if (!WakeSignal.TryInstall())
        {
            _log.Write(
                LogLevel.Warning,
                $"signal {WakeSignal.Number} cannot be used: idle receivers will not leave the kernel when stopping");
        }
    }

    /// <summary>Signals those in RECV. A signal can come just before RECV blocks, so the caller repeats it.</summary>
    private bool WakeReceivers()
    {
        bool any = false;
        foreach (Worker worker in _workers)
        {
            if (worker.IsReceiving)
            {
                any = true;
                worker.Wake();
            }
        }

        return any;
    }

    private bool WaitForRequests(TimeSpan limit)
    {
        long start = Stopwatch.GetTimestamp();
        while (Statistics.InFlight > 0)
        {
            if (Stopwatch.GetElapsedTime(start) >= limit)
            {
                return false;
            }

            Thread.Sleep(WakeInterval);
        }

        return true;
    }

    private void Fail(int error)
    {
        if (Interlocked.CompareExchange(ref _failure, error, 0) == 0)
        {
            _log.Write(
                LogLevel.Critical,
                $"the device is lost: RECV says {Errno.Name(error)}. The supplicant must be started again.");
            OnFailure?.Invoke(error);
        }
    }
}
