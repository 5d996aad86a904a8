// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Storage;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>
/// Storage behind a whole supplicant on the fake kernel: the sequences of OP-TEE, and clients that die in them.
/// </summary>
public sealed class StorageServerTests
{
    private static readonly SupplicantLimits Limits = new() { MaximumThreads = StorageFixture.Slots };

    [Test]
    public async Task An_object_is_created_and_read_without_allocating()
    {
        using StorageFixture storage = new();
        MeasuringDevice? device = null;
        using ServerFixture fixture = new(
            [storage.Service], limits: Limits, wrap: inner => device = new MeasuringDevice(inner));
        FakeMemory memory = fixture.World.Allocate(16384)!;
        for (int i = 0; i < 100; i++)
        {
            WriteAndRead(fixture.World, memory);
        }

        // The runtime allocates when it compiles a method anew or starts a thread, in whichever round that is.
        long allocated = long.MaxValue;
        for (int round = 0; round < 3 && allocated > 0; round++)
        {
            device!.Reset();
            for (int i = 0; i < 500; i++)
            {
                WriteAndRead(fixture.World, memory);
            }

            allocated = Math.Min(allocated, device.Allocated);
        }

        await Assert.That(device!.Spans).IsGreaterThanOrEqualTo(500 * 5);
        await Assert.That(allocated).IsEqualTo(0);
        await Assert.That(storage.Handles.OpenCount).IsEqualTo(0);
    }

    [Test]
    public async Task An_open_by_a_killed_client_leaves_nothing_behind()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        storage.Close(storage.MustCreate("/1"));
        int before = files.OpenDescriptors;
        using ManualResetEventSlim inside = new();
        using ManualResetEventSlim goOn = new();
        files.Before = call =>
        {
            if (call is "Open")
            {
                inside.Set();
                goOn.Wait(TimeSpan.FromSeconds(10));
            }
        };
        using ServerFixture fixture = new([storage.Service], limits: Limits);
        FakeMemory memory = fixture.World.Allocate(4096)!;
        FakeRequest request = Submit(fixture, FileSystemOperation.Open, memory, "/1");
        inside.Wait(TimeSpan.FromSeconds(10));
        request.Kill();
        goOn.Set();

        await Until.True(() => fixture.Server.Statistics.RolledBack == 1);
        await Assert.That(files.OpenDescriptors).IsEqualTo(before);
        await Assert.That(storage.Handles.OpenCount).IsEqualTo(0);
        await Assert.That(fixture.Server.Statistics.Revoked).IsEqualTo(1);
    }

    [Test]
    public async Task A_killed_client_cannot_take_the_index_away()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        storage.MustWrite("/dirf.db", "precious"u8);
        using ManualResetEventSlim inside = new();
        using ManualResetEventSlim goOn = new();
        files.Before = call =>
        {
            if (call is "RenameWithoutReplacing" && !inside.IsSet)
            {
                inside.Set();
                goOn.Wait(TimeSpan.FromSeconds(10));
            }
        };
        using ServerFixture fixture = new([storage.Service], limits: Limits);
        FakeMemory memory = fixture.World.Allocate(4096)!;
        FakeRequest request = Submit(fixture, FileSystemOperation.Remove, memory, "/dirf.db");
        inside.Wait(TimeSpan.FromSeconds(10));
        request.Kill();
        goOn.Set();

        await Until.True(() => fixture.Server.Statistics.RolledBack == 1);
        await Assert.That(File.ReadAllText(storage["dirf.db"])).IsEqualTo("precious");
        await Assert.That(Directory.GetFiles(storage.Root).Length).IsEqualTo(1);
    }

    [Test]
    public async Task Many_threads_keep_their_files_apart()
    {
        const int threads = 4;
        using StorageFixture storage = new();
        using ServerFixture fixture = new([storage.Service], limits: Limits);
        Task[] clients = new Task[threads];
        for (int client = 0; client < threads; client++)
        {
            byte mark = (byte)(client + 1);
            clients[client] = Task.Factory.StartNew(
                () => Churn(fixture.World, mark),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
        }

        await Task.WhenAll(clients);
        await Assert.That(storage.Handles.OpenCount).IsEqualTo(0);
        await Assert.That(fixture.Server.Statistics.Exceptions).IsEqualTo(0);
    }

    private static void Churn(FakeSecureWorld world, byte mark)
    {
        FakeMemory memory = world.Allocate(16384)!;
        for (int i = 0; i < 200; i++)
        {
            ulong handle = MustOpen(world, FileSystemOperation.Create, memory, $"/{mark}");
            memory.Bytes[8192..].Fill(mark);
            Must(world.Call(
                RpcFunction.FileSystem,
                StorageFixture.Value(FileSystemOperation.Write, handle),
                FakeSecureWorld.MemoryInput(memory, 4096, offset: 8192)));
            memory.Bytes[8192..].Clear();
            Must(world.Call(
                RpcFunction.FileSystem,
                StorageFixture.Value(FileSystemOperation.Read, handle),
                FakeSecureWorld.MemoryOutput(memory, 4096, offset: 8192)));
            if (memory.Bytes.Slice(8192, 4096).IndexOfAnyExcept(mark) >= 0)
            {
                throw new InvalidOperationException("A file holds what belongs to another.");
            }

            Must(world.Call(RpcFunction.FileSystem, StorageFixture.Value(FileSystemOperation.Close, handle)));
        }
    }

    private static void WriteAndRead(FakeSecureWorld world, FakeMemory memory)
    {
        ulong handle = MustOpen(world, FileSystemOperation.Create, memory, "/2");
        Must(world.Call(
            RpcFunction.FileSystem,
            StorageFixture.Value(FileSystemOperation.Write, handle, 4096),
            FakeSecureWorld.MemoryInput(memory, 4096, offset: 8192)));
        Must(world.Call(
            RpcFunction.FileSystem,
            StorageFixture.Value(FileSystemOperation.Read, handle, 4096),
            FakeSecureWorld.MemoryOutput(memory, 4096, offset: 8192)));
        Must(world.Call(RpcFunction.FileSystem, StorageFixture.Value(FileSystemOperation.Close, handle)));
        Must(world.Call(
            RpcFunction.FileSystem,
            StorageFixture.Value(FileSystemOperation.Remove),
            FakeSecureWorld.Name(memory, "/2")));
    }

    private static FakeRequest Submit(
        ServerFixture fixture, FileSystemOperation operation, FakeMemory memory, string name) =>
        operation == FileSystemOperation.Open
            ? fixture.Kernel.Submit(
                RpcFunction.FileSystem,
                StorageFixture.Value(operation),
                FakeSecureWorld.Name(memory, name),
                FakeSecureWorld.ValueOutput())
            : fixture.Kernel.Submit(
                RpcFunction.FileSystem, StorageFixture.Value(operation), FakeSecureWorld.Name(memory, name));

    private static ulong MustOpen(FakeSecureWorld world, FileSystemOperation operation, FakeMemory memory, string name)
    {
        FakeRequest request = world.Call(
            RpcFunction.FileSystem,
            StorageFixture.Value(operation),
            FakeSecureWorld.Name(memory, name),
            FakeSecureWorld.ValueOutput());
        Must(request);
        return request.Parameters[2].A;
    }

    private static void Must(FakeRequest request)
    {
        if (request.Result != TeeResult.Success)
        {
            throw new InvalidOperationException($"{request.Result}");
        }
    }
}
