// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Handover.Succession;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Server;
using TpmReady.Supplicant.SharedMemory;
using TpmReady.Supplicant.Tests.Fake;

namespace TpmReady.Supplicant.Tests.Handover.Succession;

/// <summary>
/// Supplicants that hand over to each other while requests come: both sides of the conversation, on one fake kernel.
/// </summary>
/// <remarks>All live in one process, so the claim on the arena always succeeds here; processes test that.</remarks>
internal sealed class SuccessionLine : IDisposable
{
    private readonly Func<StateArena, IEnumerable<IRpcService>> _services;
    private readonly PassingDevice _device;
    private readonly SupplicantLimits _limits = new();
    private StateArena _arena;
    private SharedMemoryTable _table;

    public SuccessionLine(Func<StateArena, IEnumerable<IRpcService>> services)
    {
        _services = services;
        Kernel = new FakeKernel();
        World = new FakeSecureWorld(Kernel);
        _device = new PassingDevice(
            Kernel.Open().Device ?? throw new InvalidOperationException("The node is busy."));
        if (!StateArena.TryCreate(_limits, out StateArena? arena, out string? error)
            || !SharedMemoryTable.TryCreate(
                _device, arena, _limits, keeper: null, out SharedMemoryTable? table, out error))
        {
            throw new InvalidOperationException(error);
        }

        _arena = arena;
        _table = table;
        Server = CreateServer(arena, table);
        Server.Start();
    }

    public FakeKernel Kernel { get; }

    public FakeSecureWorld World { get; }

    public SupplicantServer Server { get; private set; }

    public SharedMemoryTable Table => _table;

    /// <summary>How long nobody received, in all successions so far.</summary>
    public List<TimeSpan> Pauses { get; } = [];

    /// <summary>What the last predecessor said of the failure.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>One attempt; whoever serves afterwards is <see cref="Server"/>.</summary>
    public unsafe SuccessionOutcome HandOver(DeathStep step = DeathStep.None, TimeSpan? longestPause = null)
    {
        int* ends = stackalloc int[2];
        if (TestLibc.MakeSocketPair(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0, ends) != 0)
        {
            throw new InvalidOperationException(Errno.Name(Libc.LastError));
        }

        SuccessionChannel mine = new(ends[1]);
        Task<(StateArena Arena, SharedMemoryTable Table, SupplicantServer Server)?> follower =
            Task.Factory.StartNew(
                () => Follow(mine, step),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
        using SuccessionChannel channel = new(ends[0]);
        Predecessor predecessor = new(channel)
        {
            LongestPause = longestPause ?? TimeSpan.FromSeconds(10),
            BetweenPauses = TimeSpan.FromMilliseconds(10),
        };

        // Any descriptor does for the device: the fake one has none.
        SuccessionOutcome outcome = predecessor.Run(
            new SuccessionOffer("", KeepsDescriptors: false, "8:1"), ends[0], _arena, _table, Server, default);
        Reason = predecessor.Reason;
        if (follower.Result is (StateArena arena, SharedMemoryTable table, SupplicantServer server))
        {
            Pauses.Add(System.Diagnostics.Stopwatch.GetElapsedTime(Server.PausedSince, server.ArmedSince));
            (_arena, _table, Server) = (arena, table, server);
        }
        else if (outcome == SuccessionOutcome.Returned)
        {
            _table = Adopt(_arena, _table.Descriptors);
            Server = CreateServer(_arena, _table);
            _ = Server.Succeed(_table);
            Server.Start();
        }

        return outcome;
    }

    public void Dispose()
    {
        _ = Server.Drain(TimeSpan.FromSeconds(5));
        _device.Dispose();
    }

    private (StateArena Arena, SharedMemoryTable Table, SupplicantServer Server)? Follow(
        SuccessionChannel channel, DeathStep step)
    {
        if (!Successor.TryMeet(channel, out Successor? successor, out string? error))
        {
            throw new InvalidOperationException(error);
        }

        using (successor)
        {
            if (step == DeathStep.AfterOffer)
            {
                return null;
            }

            if (!StateArena.TryAdopt(successor.GetPassed().Arena, out StateArena? arena, out error))
            {
                throw new InvalidOperationException(error);
            }

            switch (step)
            {
                case DeathStep.Refuses:
                    successor.Refuse("the arena has version 7");
                    return null;
                case DeathStep.AfterReady:
                    _ = channel.Send(SuccessionWords.Ready);
                    return null;
            }

            if (!successor.TryTakeOver(out error))
            {
                return null;
            }

            if (step == DeathStep.AfterGo)
            {
                return null;
            }

            SharedMemoryTable table = Adopt(arena, successor.GetPassed().Memory);
            SupplicantServer server = CreateServer(arena, table);
            _ = server.Succeed(table);
            if (step == DeathStep.BeforeServing)
            {
                return null;
            }

            server.Start();
            successor.SayServing();
            return (arena, table, server);
        }
    }

    private SharedMemoryTable Adopt(StateArena arena, IReadOnlyDictionary<int, int> descriptors) =>
        SharedMemoryTable.TryAdopt(
            _device, arena, _limits, keeper: null, descriptors, out SharedMemoryTable? table, out string? error)
            ? table
            : throw new InvalidOperationException(error);

    private SupplicantServer CreateServer(StateArena arena, SharedMemoryTable table)
    {
        RecordingLog log = new();
        return new SupplicantServer(
            _device,
            arena,
            table,
            [new SharedMemoryAllocateService(table, log), new SharedMemoryFreeService(table), .. _services(arena)],
            _limits,
            log);
    }
}
