// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Threading;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Device;
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
    private readonly ServiceNotifier _notifier = new(Environment.GetEnvironmentVariable(ServiceNotifier.Variable));
    private readonly PatientFileOperations _files;
    private FileHandleTable? _handles;

    public SupplicantProgram(SupplicantOptions options, LogWriter log)
    {
        _options = options;
        _log = log;
        _parent = new ReadyPipe(options.ReadyDescriptor);
        _files = new PatientFileOperations(new LinuxFileOperations(), options.FilePatience, log);
    }

    /// <summary>Serves until a signal.</summary>
    /// <returns>The exit status.</returns>
    public int Run()
    {
        LeaveDirectory();
        ProcessLimits.RaiseOpenFiles();
        DropCapabilities();
        using StopSignals signals = new();
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

        services.Add(new SharedMemoryAllocateService(memory, _log));
        services.Add(new SharedMemoryFreeService(memory));
        return Serve(device, arena, memory, services, signals);
    }

    private int Serve(
        ITeeDevice device, StateArena arena, SharedMemoryTable memory, List<IRpcService> services, StopSignals signals)
    {
        using ManualResetEvent failed = new(initialState: false);
        int failure = 0;
        SupplicantServer server = new(device, arena, memory, services, LimitsOf(arena), _log)
        {
            OnFailure = error =>
            {
                failure = error;
                failed.Set();
            },
        };
        server.Statistics.OpenFiles = () => _handles?.OpenCount ?? 0;
        server.Statistics.OpenSockets = () => _sockets?.OpenCount ?? 0;
        server.Statistics.Syncs = () => _files.Syncs;
        server.Statistics.Served = DescribeServices(services);
        AwaitStore();
        CloseCage();
        _beginRecording?.Invoke(memory);
        Succeed(server, memory);
        server.Start();
        BecomeReady(server);

        ReportUntil(server.Statistics, signals, failed);
        if (failure != 0)
        {
            _notifier.Failed(failure, $"The device cannot be received from any more: {Errno.Name(failure)}");
        }

        Stop(server);
        return failure == 0 ? 0 : SupplicantCommand.Failure;
    }

    internal List<IRpcService> CreateServices(StateArena arena)
    {
        List<IRpcService> services =
        [
            new LoadTrustedApplicationService(
                new TrustedApplicationDirectories(_options.TrustedApplicationPaths), _files, _log),
        ];
        if (_options.ServesFileSystem)
        {
            int slots = arena.Layout.SlotCount;
            _handles = new FileHandleTable(arena.Handles, arena.HandlesLength, slots);
            StorageRoot root = new(_options.StoragePath, _files, _log);
            services.Add(new FileSystemService(root, _handles, slots, _files, _options.FileSync, _log));
        }

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

        return services;
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

        _log.Write(LogLevel.Info, "Ready: requests of the secure world are served.");
        if (_parent.IsActive)
        {
            _parent.Succeed();
            LeaveTerminal();
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
