// SPDX-License-Identifier: MIT

using System;
using System.Threading.Tasks;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Storage;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>Serving a file request allocates nothing on the managed heap.</summary>
public sealed class StorageAllocationTests
{
    [Test]
    [Arguments(nameof(FileSyncMode.Strict))]
    [Arguments(nameof(FileSyncMode.Commit))]
    public async Task Serving_and_committing_allocate_nothing(string mode)
    {
        using StorageFixture storage = new(mode: Enum.Parse<FileSyncMode>(mode));
        storage.Close(storage.MustCreate("/1"));
        ulong index = storage.MustCreate("/dirf.db");
        TeeParameter name = storage.Name("/1");
        TeeParameter[] open = [StorageFixture.Value(FileSystemOperation.Open), name, default];
        open[2].Attributes = (ulong)TeeParameterType.ValueOutput;
        TeeParameter[] write = [default, StorageFixture.Reference(TeeParameterType.MemoryInput, 4096, 4096)];
        TeeParameter[] read = [default, StorageFixture.Reference(TeeParameterType.MemoryOutput, 4096, 4096)];
        TeeParameter[] missing = [StorageFixture.Value(FileSystemOperation.Open), name, default];
        missing[1].A = StorageFixture.NewNameOffset;
        missing[2].Attributes = (ulong)TeeParameterType.ValueOutput;
        storage.Name("/missing", StorageFixture.NewNameOffset);
        TeeParameter[] close = [default];
        TeeParameter[] truncate = [default];
        TeeParameter[] head =
        [
            StorageFixture.Value(FileSystemOperation.Write, index),
            StorageFixture.Reference(TeeParameterType.MemoryInput, 4096, 68),
        ];
        TeeParameter[] create = [StorageFixture.Value(FileSystemOperation.Create), missing[1], missing[2]];
        TeeParameter[] remove = [StorageFixture.Value(FileSystemOperation.Remove), missing[1]];

        long allocated = 0;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 200; i++)
            {
                Expect(Serve(storage, open), TeeResult.Success);
                ulong handle = open[2].A;
                write[0] = StorageFixture.Value(FileSystemOperation.Write, handle);
                read[0] = StorageFixture.Value(FileSystemOperation.Read, handle);
                close[0] = StorageFixture.Value(FileSystemOperation.Close, handle);
                read[1].B = 4096;
                Expect(Serve(storage, write), TeeResult.Success);
                Expect(Serve(storage, read), TeeResult.Success);
                Expect(Serve(storage, missing), TeeResult.ItemNotFound);
                truncate[0] = StorageFixture.Value(FileSystemOperation.Truncate, handle, 4096);
                Expect(Serve(storage, truncate), TeeResult.Success);
                Expect(Serve(storage, head), TeeResult.Success);
                Expect(Serve(storage, close), TeeResult.Success);
                Expect(Serve(storage, create), TeeResult.Success);
                Expect(Serve(storage, remove), TeeResult.Success);
                close[0] = StorageFixture.Value(FileSystemOperation.Close, create[2].A);
                Expect(Serve(storage, close), TeeResult.Success);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        await Assert.That(allocated).IsEqualTo(0);
    }

    [Test]
    public async Task Looking_for_a_free_name_for_a_copy_of_the_index_allocates_nothing()
    {
        using StorageFixture storage = new();
        for (int i = 0; i < IndexGuard.MaximumCopies; i++)
        {
            storage.MustWrite("/dirf.db", [(byte)i]);
            Expect(storage.Remove("/dirf.db"), TeeResult.Success);
        }

        storage.MustWrite("/dirf.db", "last"u8);
        storage.MustWrite("/other", "other"u8);
        TeeParameter[] rename =
        [
            StorageFixture.Value(FileSystemOperation.Rename, 1),
            storage.Name("/other"),
            storage.Name("/dirf.db", StorageFixture.NewNameOffset),
        ];
        long allocated = 0;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Expect(Serve(storage, rename), TeeResult.AccessConflict);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        await Assert.That(allocated).IsEqualTo(0);
    }

    private static TeeResult Serve(StorageFixture storage, TeeParameter[] parameters)
    {
        RpcRequest request = new(RpcFunction.FileSystem, 0, parameters, storage.Memory);
        TeeResult result = storage.Service.Invoke(ref request);
        storage.Service.Delivered(ref request);
        request.Dispose();
        return result;
    }

    private static void Expect(TeeResult actual, TeeResult expected)
    {
        if (actual != expected)
        {
            throw new InvalidOperationException($"{actual} instead of {expected}.");
        }
    }
}
