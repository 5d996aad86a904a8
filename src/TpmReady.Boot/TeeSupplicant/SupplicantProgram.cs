// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Threading;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Handover.Succession;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Plugins;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Server;
using TpmReady.Supplicant.SharedMemory;
using TpmReady.Supplicant.Storage;
using TpmReady.Supplicant.TrustedApplications;
using TpmReady.Systemd;

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>
/// The supplicant from start to end: everything is made ready before the device is opened, for requests follow at once.
/// </summary>
internal sealed unsafe partial class SupplicantProgram
{
    private static readonly TimeSpan DrainGrace = TimeSpan.FromSeconds(5);

    private readonly SupplicantOptions _options;
    private readonly LogWriter _log;
    private readonly ReadyPipe _parent;
    private readonly PatientFileOperations _files;
    private readonly List<IRpcService> _lasting = [];
    private ServiceNotifier _notifier;
    private string? _notifyAddress = Environment.GetEnvironmentVariable(ServiceNotifier.Variable);
    private StorageRoot? _root;
    private FileHandleTable? _handles;
    private FileSystemService? _storage;
    private int _failure;

    public SupplicantProgram(SupplicantOptions options, LogWriter log)
    {
        _options = options;
        _log = log;
        _parent = new ReadyPipe(options.ReadyDescriptor);
        _files = new PatientFileOperations(new LinuxFileOperations(), options.FilePatience, log);
        _notifier = new ServiceNotifier(_notifyAddress);
    }

    private StorageRoot StorageRoot => _root ??= new StorageRoot(_options.StoragePath, _files, _log);

    /// <summary>Serves until a signal, or until a successor does.</summary>
    /// <returns>The exit status.</returns>
    public int Run()
    {
        LeaveDirectory();
        ProcessLimits.RaiseOpenFiles();
        DropCapabilities();
        using StopSignals signals = new();
        return _options.Predecessor is int process ? Follow(process, signals) : Begin(signals);
    }

    private int Begin(StopSignals signals)
    {
        if (!TryGetArena(out StateArena? arena, out string? error))
        {
            return FailStart(error);
        }

        List<IRpcService> services = CreateServices(arena);
        ITeeDevice? device = GetDevice(signals.Stopped, out error);
        if (device is null)
        {
            return signals.Stopped.IsCancellationRequested ? StopBeforeStart() : FailStart(error);
        }

        KeepDevice(device, arena);
        device = Record(device);
        if (!TryGetMemory(device, arena, out SharedMemoryTable? memory, out error))
        {
            device.Dispose();
            return FailStart(error);
        }

        OpenDoor();
        AwaitStore();
        CloseCage();
        _beginRecording?.Invoke(memory);
        SupplicantServer server = CreateServer(device, arena, memory, services, signals);
        Succeed(server, memory);
        server.Start();
        BecomeReady(server);
        return Serve(new Serving(device, arena, memory, server), signals);
    }

    private SupplicantServer CreateServer(
        ITeeDevice device,
        StateArena arena,
        SharedMemoryTable memory,
        List<IRpcService> services,
        StopSignals signals)
    {
        services = [.. services, new SharedMemoryAllocateService(memory, _log), new SharedMemoryFreeService(memory)];
        SupplicantServer server = new(device, arena, memory, services, LimitsOf(arena), _log)
        {
            OnFailure = error =>
            {
                _failure = error;
                signals.DeviceLost.Set();
            },
        };
        server.Statistics.OpenFiles = () => _handles?.OpenCount ?? 0;
        server.Statistics.OpenSockets = () => _sockets?.OpenCount ?? 0;
        server.Statistics.Syncs = () => _files.Syncs;
        server.Statistics.Served = DescribeServices(services);
        return server;
    }

    private int Serve(Serving serving, StopSignals signals)
    {
        AwaitVisitors(signals.VisitorCame);
        while (ReportUntil(serving.Server.Statistics, signals) is Visitor visitor)
        {
            switch (Receive(visitor, serving, signals.Stopped))
            {
                case SuccessionOutcome.HandedOver:
                    _log.Write(LogLevel.Info, $"Ended after {serving.Server.Statistics.Total} requests.");
                    return 0;
                case SuccessionOutcome.Returned:
                    serving = TakeBack(serving, signals);
                    break;
            }
        }

        if (_failure != 0)
        {
            _notifier.Failed(_failure, $"The device cannot be received from any more: {Errno.Name(_failure)}");
        }

        Stop(serving.Server);
        return _failure == 0 ? 0 : SupplicantCommand.Failure;
    }

    internal List<IRpcService> CreateServices(StateArena arena)
    {
        CreateLastingServices();
        return [.. CreateStorage(arena), .. _lasting];
    }

    /// <summary>The secure world's files; the table of open ones lies in the arena, which must be ours by now.</summary>
    private List<IRpcService> CreateStorage(StateArena arena)
    {
        if (!_options.ServesFileSystem)
        {
            return [];
        }

        int slots = arena.Layout.SlotCount;
        _handles = new FileHandleTable(arena.Handles, arena.HandlesLength, slots);
        _storage = new FileSystemService(StorageRoot, _handles, slots, _files, _options.FileSync, _log);
        return [_storage];
    }

    /// <summary>Everything that has nothing in the arena.</summary>
    private void CreateLastingServices()
    {
        List<IRpcService> services = _lasting;
        services.Add(new LoadTrustedApplicationService(
            new TrustedApplicationDirectories(_options.TrustedApplicationPaths), _files, _log));
        if (_options.PluginPath is string path)
        {
            PluginLoader loader = new(_files, _log)
            {
                ChecksOwner = _options.ChecksPluginOwner,
                Allowed = _options.AllowedPlugins,
            };
            IReadOnlyList<Plugin> plugins = loader.Load(path);
            _hasPlugins = plugins.Count > 0;
            services.Add(new PluginService(plugins, _log));
        }

        AddNetworkAndProfiles(services);
        if (_options.Rpmb is not null)
        {
            services.Add(_options.Rpmb.CreateService(_files, _log));
        }
    }

    private ITeeDevice? OpenDevice(CancellationToken stopped, out string error)
    {
        if (_options.Discovery.Path is string path)
        {
            StandardOutput.WriteError($"Using device {path}.\n");
        }

        _notifier.Status("Waiting for the device");
        return new DeviceDiscovery(_log).Open(_options.Discovery, stopped, out error);
    }

    private void BecomeReady(SupplicantServer server)
    {
        int error = _notifier.Ready(server.Statistics.ToStatusText());
        if (error != Errno.Success || _notifier.IsAddressBad)
        {
            _log.Write(
                LogLevel.Warning,
                "The service manager could not be told of readiness: "
                + (_notifier.IsAddressBad ? $"{ServiceNotifier.Variable} holds no socket" : Errno.Name(error)) + ".");
        }

        _log.Write(
            LogLevel.Info, $"Ready: requests of the secure world are served, by version {Capabilities.GetVersion()}.");
        if (_parent.IsActive)
        {
            _parent.Succeed();
            if (_options.Daemonizes)
            {
                LeaveTerminal();
            }
        }
    }

    private void Stop(SupplicantServer server)
    {
        _notifier.Stopping("Finishing the requests that were received");
        server.Drain(DrainGrace);
        _recorder?.Finish();
        WriteStatistics(server.Statistics);
        _log.Write(LogLevel.Info, $"Ended after {server.Statistics.Total} requests.");
    }

    private int StopBeforeStart()
    {
        _parent.Fail("stopped before the device was open");
        _notifier.Stopping("Stopped before the device was open");
        return 0;
    }

    private int FailStart(string reason)
    {
        if (_parent.IsActive)
        {
            _parent.Fail(reason);
        }
        else
        {
            _log.Write(LogLevel.Error, reason);
        }

        _notifier.Failed(0, reason);
        return SupplicantCommand.Failure;
    }

    /// <summary>
    /// In the background: no file system is kept from being unmounted. All paths are absolute by now.
    /// </summary>
    private void LeaveDirectory()
    {
        if (_parent.IsActive)
        {
            fixed (byte* root = "/"u8)
            {
                _ = Libc.Chdir(root);
            }
        }
    }

    /// <summary>In the background: messages go to the system's log from now on, unless told otherwise.</summary>
    private void LeaveTerminal()
    {
        const int standardError = 2;
        if (_options.LogTarget is null)
        {
            _log.Target = LogTarget.Syslog;
        }

        int descriptor = Libc.Open("/dev/null", Libc.O_RDWR | Libc.O_CLOEXEC);
        if (descriptor >= 0)
        {
            _ = Libc.Dup3(descriptor, standardError, 0);
            _ = Libc.Close(descriptor);
        }
    }
}
