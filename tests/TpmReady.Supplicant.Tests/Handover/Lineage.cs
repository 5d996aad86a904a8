// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Server;
using TpmReady.Supplicant.SharedMemory;
using TpmReady.Supplicant.Tests.Fake;

namespace TpmReady.Supplicant.Tests.Handover;

/// <summary>
/// One supplicant after the other on the same open device, each killed at a chosen point and followed by a successor
/// that has nothing but what was kept: the device, the arena's memfd and the descriptors of shared memory.
/// </summary>
internal sealed class Lineage : IDisposable
{
    private readonly Func<StateArena, IEnumerable<IRpcService>> _services;
    private readonly ITeeDevice _device;
    private readonly SupplicantLimits _limits = new();
    private StateArena _arena;
    private MortalDevice? _mortal;
    private SupplicantServer? _server;
    private volatile bool _isStarting;

    public Lineage(FakeKernelOptions? options, Func<StateArena, IEnumerable<IRpcService>> services)
    {
        _services = services;
        Kernel = new FakeKernel(options);
        World = new FakeSecureWorld(Kernel);
        _device = Kernel.Open().Device ?? throw new InvalidOperationException("The node is busy.");
        if (!StateArena.TryCreate(_limits, out StateArena? arena, out string? error))
        {
            throw new InvalidOperationException(error);
        }

        _arena = arena;
    }

    public FakeKernel Kernel { get; }

    public FakeSecureWorld World { get; }

    public Keeper Keeper { get; } = new();

    public RecordingLog Log { get; } = new();

    public SupplicantServer Server => _server ?? throw new InvalidOperationException("Nobody serves.");

    public SharedMemoryTable? Table { get; private set; }

    public bool IsDead => _mortal?.IsDead ?? false;

    /// <summary>The first of the line.</summary>
    public void Begin(DeathPoint point = DeathPoint.None, int requests = 0)
    {
        _mortal = new MortalDevice(_device, point, requests);
        if (!SharedMemoryTable.TryCreate(
            _mortal, _arena, _limits, Keeper, out SharedMemoryTable? table, out string? error))
        {
            throw new InvalidOperationException(error);
        }

        Serve(table, isSuccessor: false);
    }

    /// <summary>Kills whoever serves, and waits until no thread of it moves.</summary>
    public void Kill()
    {
        _mortal!.Die();
        WaitForDeath();
    }

    /// <summary>Called by a service: the process dies while it serves.</summary>
    public void DieHere()
    {
        _mortal!.Die();
        _mortal.FreezeIfDead();
    }

    /// <summary>Waits until the process is dead and no thread of it moves.</summary>
    public void WaitForDeath()
    {
        long end = Environment.TickCount64 + 10_000;
        while (IsAnythingMoving())
        {
            if (Environment.TickCount64 > end)
            {
                throw new TimeoutException($"{_mortal!.Frozen} of {Server.Statistics.Threads} threads have stopped.");
            }

            Thread.Sleep(1);
        }
    }

    /// <summary>Whoever follows a dead one.</summary>
    public void Succeed(DeathPoint point = DeathPoint.None, int requests = 0)
    {
        _mortal = new MortalDevice(_device, point, requests);
        int descriptor = Libc.Fcntl(_arena.Descriptor, Libc.F_DUPFD_CLOEXEC, 3);
        if (!StateArena.TryAdopt(descriptor, out StateArena? arena, out string? error)
            || !SharedMemoryTable.TryAdopt(
                _mortal, arena, _limits, Keeper, Keeper.Copy(), out SharedMemoryTable? table, out error))
        {
            throw new InvalidOperationException(error);
        }

        _arena = arena;
        Serve(table, isSuccessor: true);
    }

    public void Dispose()
    {
        if (_server is not null && !IsDead)
        {
            _ = _server.Drain(TimeSpan.FromSeconds(5));
            Table?.Dispose();
            _device.Dispose();
        }
    }

    /// <summary>The order matters: the starting thread starts others before it ends.</summary>
    private bool IsAnythingMoving()
    {
        int starting = _isStarting ? 1 : 0;
        int frozen = _mortal!.Frozen;
        return !_mortal.IsDead || frozen < Server.Statistics.Threads + starting;
    }

    private void Serve(SharedMemoryTable table, bool isSuccessor)
    {
        Table = table;
        List<IRpcService> services =
        [
            new SharedMemoryAllocateService(table, Log), new SharedMemoryFreeService(table), .. _services(_arena),
        ];
        MortalDevice mortal = _mortal!;
        _server = new SupplicantServer(
            mortal, _arena, table, services.ConvertAll(each => new MortalService(each, mortal)), _limits, Log);
        _isStarting = true;
        SupplicantServer server = _server;
        new Thread(() =>
        {
            if (isSuccessor)
            {
                _ = server.Succeed(table);
            }

            server.Start();
            _isStarting = false;
        })
        {
            IsBackground = true,
        }.Start();
        SpinWait.SpinUntil(() => !_isStarting || mortal.IsDead);
    }
}
