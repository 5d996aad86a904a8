// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Server;
using TpmReady.Supplicant.SharedMemory;

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>
/// A fake kernel with a whole supplicant on it: the services of shared memory, and those that a test adds.
/// </summary>
internal sealed class ServerFixture : IDisposable
{
    private readonly StateArena _arena;
    private bool _drained;

    public ServerFixture(
        IEnumerable<IRpcService>? services = null,
        FakeKernelOptions? options = null,
        SupplicantLimits? limits = null,
        RecordingLog? log = null,
        Func<ITeeDevice, ITeeDevice>? wrap = null,
        bool start = true)
    {
        Kernel = new FakeKernel(options);
        World = new FakeSecureWorld(Kernel);
        Log = log ?? new RecordingLog();
        Limits = limits ?? new SupplicantLimits();
        Device = Kernel.Open().Device ?? throw new InvalidOperationException("The node is busy.");
        Device = wrap?.Invoke(Device) ?? Device;
        if (!StateArena.TryCreate(Limits, out StateArena? arena, out string? error)
            || !SharedMemoryTable.TryCreate(
                Device, arena, Limits, keeper: null, out SharedMemoryTable? table, out error))
        {
            throw new InvalidOperationException(error);
        }

        _arena = arena;
        Table = table;
        List<IRpcService> all =
        [
            new SharedMemoryAllocateService(Table, Log) { Patience = TimeSpan.FromMilliseconds(200) },
            new SharedMemoryFreeService(Table),
            .. services ?? [],
        ];
        Server = new SupplicantServer(Device, arena, Table, all, Limits, Log) { OnFailure = error => Failure = error };
        if (start)
        {
            Server.Start();
        }
    }

    public FakeKernel Kernel { get; }

    public FakeSecureWorld World { get; }

    public RecordingLog Log { get; }

    public SupplicantLimits Limits { get; }

    public ITeeDevice Device { get; }

    public SharedMemoryTable Table { get; }

    public SupplicantServer Server { get; }

    public StateArena Arena => _arena;

    /// <summary>What OnFailure was told; 0 if it was not called.</summary>
    public int Failure { get; private set; }

    /// <summary>Stops the server.</summary>
    public int Drain(TimeSpan grace)
    {
        _drained = true;
        return Server.Drain(grace);
    }

    /// <summary>
    /// Waits until every thread is in RECV again. A count of requests alone would also be zero in the moment between a delivery
    /// and its being counted.
    /// </summary>
    public Task WaitUntilIdle() => Until.True(
        () => Server.Statistics.InFlight == 0 && Kernel.Receivers == Server.Statistics.Threads);

    public void Dispose()
    {
        // An arena must not be unmapped under threads that a test left hanging; those tests leak it.
        if (_drained || Drain(TimeSpan.FromSeconds(5)) == 0)
        {
            Table.Dispose();
            Device.Dispose();
            _arena.Dispose();
            Kernel.Dispose();
        }
    }
}
