// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Linux.Files;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Storage;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Supplicant.Tests.Storage;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Handover;

/// <summary>Storage through deaths at every point: no request fails, and every answered write is there.</summary>
public sealed class CrashStorageTests
{
    [Test]
    [Arguments(DeathPoint.AfterReceive, FileSyncMode.Strict)]
    [Arguments(DeathPoint.AfterServing, FileSyncMode.Strict)]
    [Arguments(DeathPoint.BeforeSend, FileSyncMode.Strict)]
    [Arguments(DeathPoint.AfterSend, FileSyncMode.Strict)]
    [Arguments(DeathPoint.AfterReceive, FileSyncMode.Commit)]
    [Arguments(DeathPoint.AfterServing, FileSyncMode.Commit)]
    [Arguments(DeathPoint.BeforeSend, FileSyncMode.Commit)]
    [Arguments(DeathPoint.AfterSend, FileSyncMode.Commit)]
    internal async Task Files_survive(DeathPoint point, FileSyncMode mode)
    {
        const int deaths = 25;
        using TemporaryDirectory store = new();
        using var lineage = new Lineage(options: null, arena => [CreateService(arena, store.Path, mode)]);
        using var end = new CancellationTokenSource();
        Task<int>[] clients =
        [
            .. Enumerable.Range(1, 3).Select(number => Task.Factory.StartNew(
                () => new Client(lineage.World, number).Run(end.Token),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)),
        ];

        lineage.Begin(point, 10);
        var random = new Random(20);
        for (int i = 0; i < deaths; i++)
        {
            lineage.WaitForDeath();
            lineage.Succeed(i == deaths - 1 ? DeathPoint.None : point, random.Next(1, 25));
        }

        await end.CancelAsync();
        int[] cycles = await Task.WhenAll(clients);
        await Assert.That(cycles.Sum()).IsGreaterThan(10);
        await Assert.That(lineage.Kernel.Violations).IsEmpty();
        await Assert.That(Directory.GetFiles(store.Path)).IsEmpty();
    }

    private static unsafe IRpcService CreateService(StateArena arena, string path, FileSyncMode mode)
    {
        RecordingLog log = new();
        LinuxFileOperations files = new();
        int slots = arena.Layout.SlotCount;
        FileHandleTable handles = new(arena.Handles, arena.HandlesLength, slots);
        return new FileSystemService(new StorageRoot(path, files, log), handles, slots, files, mode, log);
    }

    /// <summary>One thread of the secure world, with a file of its own.</summary>
    private sealed class Client(FakeSecureWorld world, int number)
    {
        private const int Data = 8192;
        private const int Length = 4096;
        private readonly string _name = $"/{number}";
        private int _cycle;

        /// <summary>Creates, writes, reads, opens again, reads, and removes.</summary>
        public int Run(CancellationToken end)
        {
            FakeMemory memory = world.Allocate(16384) ?? throw new InvalidOperationException("SHM_ALLOC was refused.");
            for (; !end.IsCancellationRequested; _cycle++)
            {
                Cycle(memory);
            }

            _ = world.Free(memory);
            return _cycle;
        }

        private void Cycle(FakeMemory memory)
        {
            ulong handle = Open(FileSystemOperation.Create, memory, _name);
            byte mark = (byte)(_cycle + number);
            memory.Bytes[Data..].Fill(mark);
            Call(FileSystemOperation.Write, handle, Length, FakeSecureWorld.MemoryInput(memory, Length, Data));
            Expect(memory, handle, mark);
            Call(FileSystemOperation.Close, handle, 0);
            handle = Open(FileSystemOperation.Open, memory, _name);
            Expect(memory, handle, mark);
            Call(FileSystemOperation.Close, handle, 0);
            Call(FileSystemOperation.Remove, 0, 0, FakeSecureWorld.Name(memory, _name));
        }

        private void Expect(FakeMemory memory, ulong handle, byte mark)
        {
            memory.Bytes[Data..].Clear();
            Call(FileSystemOperation.Read, handle, Length, FakeSecureWorld.MemoryOutput(memory, Length, Data));
            if (memory.Bytes.Slice(Data, Length).IndexOfAnyExcept(mark) >= 0)
            {
                throw new InvalidOperationException($"{_name} does not hold what was written.");
            }
        }

        private ulong Open(FileSystemOperation operation, FakeMemory memory, string name)
        {
            FakeRequest request = world.Call(
                RpcFunction.FileSystem,
                StorageFixture.Value(operation),
                FakeSecureWorld.Name(memory, name),
                FakeSecureWorld.ValueOutput());
            Check(request, operation);
            return request.Parameters[2].A;
        }

        private void Call(
            FileSystemOperation operation, ulong handle, ulong offset, params TeeParameter[] more) =>
            Check(
                world.Call(RpcFunction.FileSystem, [StorageFixture.Value(operation, handle, offset), .. more]),
                operation);

        private void Check(FakeRequest request, FileSystemOperation operation)
        {
            if (request.Result != TeeResult.Success)
            {
                throw new InvalidOperationException($"{operation} of {_name} in cycle {_cycle}: {request.Result}");
            }
        }
    }
}
