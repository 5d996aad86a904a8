// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using TpmReady.Linux.Files;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Recording;
using TpmReady.Supplicant.Storage;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Supplicant.Tests.Storage;

namespace TpmReady.Supplicant.Tests.Recording;

/// <summary>A supplicant with storage whose requests are recorded.</summary>
internal sealed class RecordingFixture : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StorageFixture _storage = new();
    private readonly Recorder _recorder;

    public RecordingFixture(long limit = 1 << 20)
    {
        int error = Recorder.TryCreate(Path, limit, new LinuxFileOperations(), Log, out Recorder? recorder);
        _recorder = recorder ?? throw new IOException($"{error}");
        RecordingDevice? device = null;
        Server = new ServerFixture(
            [_storage.Service],
            limits: new SupplicantLimits { MaximumThreads = StorageFixture.Slots },
            wrap: inner =>
            {
                Measuring = new MeasuringDevice(device = new RecordingDevice(inner, _recorder));
                return Measuring;
            },
            start: false);
        device!.Memory = Server.Table;
        _recorder.Start();
        Server.Server.Start();
    }

    public RecordingLog Log { get; } = new();

    public MeasuringDevice? Measuring { get; private set; }

    public ServerFixture Server { get; }

    public long Dropped => _recorder.Dropped;

    /// <summary>The recording's path.</summary>
    public string Path => _directory["recording"];

    /// <summary>Stores an object and reads it back: ten requests, eight of them to the file system.</summary>
    public void WriteAndRead(string name, string content)
    {
        FakeSecureWorld world = Server.World;
        FakeMemory memory = world.Allocate(8192)!;
        ulong handle = Call(
            FakeSecureWorld.ValueInput((ulong)FileSystemOperation.Create),
            FakeSecureWorld.Name(memory, name),
            FakeSecureWorld.ValueOutput())[2].A;
        int length = Encoding.UTF8.GetBytes(content, memory.Bytes[4096..]);
        Call(
            FakeSecureWorld.ValueInput((ulong)FileSystemOperation.Write, handle),
            FakeSecureWorld.MemoryInput(memory, (ulong)length, 4096));
        Call(
            FakeSecureWorld.ValueInput((ulong)FileSystemOperation.Read, handle),
            FakeSecureWorld.MemoryOutput(memory, 1000));
        Call(FakeSecureWorld.ValueInput((ulong)FileSystemOperation.Truncate, handle, 3));
        Call(FakeSecureWorld.ValueInput((ulong)FileSystemOperation.Close, handle));
        handle = Call(
            FakeSecureWorld.ValueInput((ulong)FileSystemOperation.Open),
            FakeSecureWorld.Name(memory, name),
            FakeSecureWorld.ValueOutput())[2].A;
        Call(
            FakeSecureWorld.ValueInput((ulong)FileSystemOperation.Read, handle),
            FakeSecureWorld.MemoryOutput(memory, 1000));
        Call(FakeSecureWorld.ValueInput((ulong)FileSystemOperation.Close, handle));
        _ = world.Free(memory);
    }

    /// <summary>Ends the recording and gives its bytes.</summary>
    public byte[] Finish()
    {
        _ = Server.Drain(TimeSpan.FromSeconds(5));
        _recorder.Finish();
        return File.ReadAllBytes(Path);
    }

    /// <summary>Replays a recording on an empty store.</summary>
    public static (Replayer Replayer, string? Error, List<string> Lines) Replay(
        byte[] recording, Action<StorageFixture>? prepare = null)
    {
        using StorageFixture storage = new();
        prepare?.Invoke(storage);
        List<string> lines = [];
        Replayer replayer = new([storage.Service], lines.Add);
        using MemoryStream stream = new(recording);
        return (replayer, replayer.Run(stream), lines);
    }

    public void Dispose()
    {
        Server.Dispose();
        _storage.Dispose();
        _directory.Dispose();
    }

    private TeeParameter[] Call(params TeeParameter[] parameters) =>
        Server.World.Call(RpcFunction.FileSystem, parameters).Parameters;
}
