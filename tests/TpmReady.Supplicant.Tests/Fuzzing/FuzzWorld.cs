// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Channel;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Plugins;
using TpmReady.Supplicant.Profiling;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Rpmb;
using TpmReady.Supplicant.Rpmb.Emulation;
using TpmReady.Supplicant.Server;
using TpmReady.Supplicant.SharedMemory;
using TpmReady.Supplicant.Sockets;
using TpmReady.Supplicant.Storage;
using TpmReady.Supplicant.TrustedApplications;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>
/// The whole supplicant but its threads: channel, dispatcher, arena and every service, over a kernel, files, a network
/// and a card that look at everything it does.
/// </summary>
internal sealed class FuzzWorld : IDisposable
{
    private readonly List<IDisposable> _disposables = [];
    private readonly StateArena _arena;

    public FuzzWorld(FuzzShape shape)
    {
        Interference = new FuzzInterference { FaultRate = shape.FaultRate };
        Directory = new FuzzDirectory();
        Log = new FuzzLog(shape.IsTraced ? LogLevel.Debug : LogLevel.Info, Faults);
        Files = new CheckedFiles(Directory.Path, Faults, Interference);
        Network = new FuzzNetwork(Faults, Interference);
        _arena = CreateArena();
        Device = new FuzzDevice(_arena, Faults, shape.RegistersMemory, shape.NumbersRequests);
        if (!SharedMemoryTable.TryCreate(
            Device, _arena, Limits, keeper: null, out SharedMemoryTable? table, out string? error))
        {
            throw new InvalidOperationException(error);
        }

        Table = table;
        Memory = new GuardedMemory(table, Device, Faults);
        Statistics = new SupplicantStatistics(table);
        Channel = new RpcChannel(shape.WrapDevice(Device));
        Sockets = CreateSockets(shape);
        Handles = CreateHandles(_arena);
        IEnumerable<IRpcService> services =
            CreateServices(shape).Select(service => shape.WrapService(this, service));
        Dispatcher = new Dispatcher(Channel, services, Memory, Statistics, Log);
    }

    /// <summary>Little memory, so that its end is reached.</summary>
    public static SupplicantLimits Limits { get; } = new()
    {
        MaximumThreads = 8,
        MaximumAllocation = 1 << 20,
        MaximumSharedMemory = 4 << 20,
        Pool = new PoolShape(Small: 12, Medium: 4, Large: 2),
    };

    public FuzzFaults Faults { get; } = new();

    public FuzzInterference Interference { get; }

    public FuzzDirectory Directory { get; }

    public FuzzLog Log { get; }

    public CheckedFiles Files { get; }

    public FuzzNetwork Network { get; }

    public FuzzDevice Device { get; }

    public SharedMemoryTable Table { get; }

    public GuardedMemory Memory { get; }

    public SupplicantStatistics Statistics { get; }

    public RpcChannel Channel { get; }

    public Dispatcher Dispatcher { get; }

    public SocketService Sockets { get; }

    public FileHandleTable Handles { get; }

    public RpcSlot GetSlot(int number) => _arena.GetSlot(number);

    public void Dispose()
    {
        foreach (IDisposable disposable in _disposables)
        {
            disposable.Dispose();
        }

        Table.Dispose();
        Files.CloseAll();
        _arena.Dispose();
        Directory.Dispose();
    }

    private static StateArena CreateArena() =>
        StateArena.TryCreate(Limits, out StateArena? arena, out string? error)
            ? arena
            : throw new InvalidOperationException(error);

    private static unsafe FileHandleTable CreateHandles(StateArena arena) =>
        new(arena.Handles, arena.HandlesLength, arena.Layout.SlotCount);

    private SocketService CreateSockets(FuzzShape shape)
    {
        SocketPolicy policy = SocketPolicy.Open;
        if (shape.HasSocketRules)
        {
            _ = SocketRule.Parse("127.0.0.0/8", out SocketRule? network);
            _ = SocketRule.Parse("host:443", out SocketRule? name);
            policy = new SocketPolicy([network!, name!]);
        }

        SocketLimits limits = new() { MaximumSockets = 24, MaximumPerInstance = 10 };
        return new SocketService(Network, policy, limits, isStrict: shape.IsStrict, Log);
    }

    private List<IRpcService> CreateServices(FuzzShape shape)
    {
        PatientFileOperations files = new(Files, TimeSpan.Zero, Log);
        StorageRoot root = new(Directory["store"], files, Log);
        FileSyncMode mode = shape.IsStrict ? FileSyncMode.Strict : FileSyncMode.Commit;
        ProfileLimits limits = new() { MaximumFileSize = 256 << 10, MaximumFiles = 40 };
        ProfileFiles profiles = new(Directory["profiles"], files, limits, Log);
        RpmbService rpmb = new(CreateRpmb(shape, files), Log);
        _disposables.Insert(0, rpmb);
        return
        [
            new SharedMemoryAllocateService(Table, Log) { Patience = TimeSpan.Zero },
            new SharedMemoryFreeService(Table),
            new LoadTrustedApplicationService(
                new TrustedApplicationDirectories([Directory["missing"], Directory["ta"]]), files, Log),
            new FileSystemService(root, Handles, _arena.Layout.SlotCount, files, mode, Log),
            Sockets,
            new ProfileService(ProfileKind.Gprof, profiles),
            new ProfileService(ProfileKind.Ftrace, profiles),
            new PluginService([FuzzPlugin.Create()], Log),
            rpmb,
        ];
    }

    private IRpmbDevice CreateRpmb(FuzzShape shape, PatientFileOperations files)
    {
        if (shape.EmulatesRpmb)
        {
            EmulatedRpmb emulation = new(new EmulationFile(Path.Combine(Directory["rpmb"], "state"), files, Log), Log);
            _disposables.Add(emulation);
            return emulation;
        }

        CardRpmb card = new(
            new CardDirectory(files, Directory["sys"], Directory["dev"]),
            new FuzzCard(Interference),
            files,
            CardSelection.ByNumber,
            Log);
        _disposables.Add(card);
        return card;
    }
}
