// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Files;
using TpmReady.Supplicant.Rpmb;
using TpmReady.Supplicant.Rpmb.Emulation;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Supplicant.Tests.Storage;

namespace TpmReady.Supplicant.Tests.Rpmb;

/// <summary>An emulated RPMB on a directory of its own, and a client of it.</summary>
internal sealed class EmulationFixture : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private EmulatedRpmb _device;
    private RpmbService _service;

    public EmulationFixture(IFileOperations? files = null, byte[]? key = null)
    {
        Files = files ?? new LinuxFileOperations();
        (_device, _service) = Start();
        Client = new RpmbClient(_service, key ?? RpmbClient.NewKey());
    }

    public IFileOperations Files { get; set; }

    public RpmbClient Client { get; }

    public RecordingLog Log { get; private set; } = new();

    public string Path => _directory["emulation"];

    public string DirectoryPath => _directory.Path;

    /// <summary>A new process takes over.</summary>
    public void Restart()
    {
        Stop();
        Log = new RecordingLog();
        (_device, _service) = Start();
        Client.Service = _service;
    }

    public void Stop()
    {
        _service.Dispose();
        _device.Dispose();
    }

    public void Dispose()
    {
        Stop();
        Client.Dispose();
        _directory.Dispose();
    }

    private (EmulatedRpmb Device, RpmbService Service) Start()
    {
        EmulationFile file = new(Path, Files, Log) { Patience = TimeSpan.FromMilliseconds(100) };
        EmulatedRpmb device = new(file, Log);
        return (device, new RpmbService(device, Log));
    }
}
