// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Storage;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>The index of the store is never lost, whatever the secure world asks for.</summary>
public sealed class IndexGuardTests
{
    private const string Index = "/dirf.db";

    [Test]
    public async Task Removing_the_index_keeps_a_copy()
    {
        using StorageFixture storage = new();
        storage.MustWrite(Index, "precious"u8);

        await Assert.That(storage.Remove(Index)).IsEqualTo(TeeResult.Success);
        await Assert.That(storage.Open(Index).Result).IsEqualTo(TeeResult.ItemNotFound);
        await Assert.That(File.ReadAllText(storage["dirf.db.removed-1"])).IsEqualTo("precious");
        await Assert.That(storage.Log.Count(LogLevel.Critical)).IsEqualTo(1);
    }

    [Test]
    public async Task Removing_the_open_index_is_refused()
    {
        using StorageFixture storage = new();
        storage.MustWrite(Index, "precious"u8);
        ulong handle = storage.MustOpen(Index);

        await Assert.That(storage.Remove(Index, slot: 1)).IsEqualTo(TeeResult.Generic);
        await Assert.That(storage.Read(handle, 0, 8).Bytes.AsSpan().SequenceEqual("precious"u8)).IsTrue();
        storage.Close(handle);
        await Assert.That(storage.Remove(Index, slot: 1)).IsEqualTo(TeeResult.Success);
    }

    [Test]
    public async Task Copies_are_never_overwritten_and_their_number_is_bounded()
    {
        using StorageFixture storage = new();
        for (int i = 1; i <= IndexGuard.MaximumCopies; i++)
        {
            storage.MustWrite(Index, [(byte)i]);
            await Assert.That(storage.Remove(Index)).IsEqualTo(TeeResult.Success);
        }

        storage.MustWrite(Index, "last"u8);
        await Assert.That(storage.Remove(Index)).IsEqualTo(TeeResult.Generic);
        await Assert.That(File.ReadAllText(storage["dirf.db"])).IsEqualTo("last");
        for (int i = 1; i <= IndexGuard.MaximumCopies; i++)
        {
            await Assert.That(File.ReadAllBytes(storage[$"dirf.db.removed-{i}"])[0]).IsEqualTo((byte)i);
        }
    }

    /// <summary>Whoever else wanted the index waited two seconds for a request that nobody ever ended.</summary>
    [Test]
    public async Task An_index_moved_by_a_create_that_fails_and_whose_client_is_killed_comes_back()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        storage.MustWrite(Index, "precious"u8);
        int opens = 0;
        files.Fault = call => string.Equals(call, "Open", StringComparison.Ordinal) && ++opens == 2 ? Errno.EIO : 0;
        TeeResult created = InvokeOnly(
            storage,
            [StorageFixture.Value(FileSystemOperation.Create), storage.Name(Index), FakeSecureWorld.ValueOutput()]);
        long start = Environment.TickCount64;
        (TeeResult opened, ulong handle) = storage.Open(Index, slot: 1);

        await Assert.That(created).IsEqualTo(TeeResult.Generic);
        await Assert.That(opened).IsEqualTo(TeeResult.Success);
        await Assert.That(Environment.TickCount64 - start).IsLessThan(1500);
        await Assert.That(storage.Read(handle, 0, 8).Bytes.AsSpan().SequenceEqual("precious"u8)).IsTrue();
    }

    [Test]
    public async Task Renaming_what_is_not_there_over_the_index_leaves_the_index()
    {
        using StorageFixture storage = new();
        storage.MustWrite(Index, "precious"u8);

        await Assert.That(storage.Rename("/missing", Index, replace: true)).IsEqualTo(TeeResult.ItemNotFound);
        await Assert.That(File.ReadAllText(storage["dirf.db"])).IsEqualTo("precious");
        await Assert.That(File.Exists(storage["dirf.db.removed-1"])).IsFalse();
    }

    [Test]
    [Arguments("Open", Errno.EIO)]
    [Arguments("Open", Errno.EMFILE)]
    [Arguments("GetStatus", Errno.EIO)]
    [Arguments("Read", Errno.EIO)]
    [Arguments("Write", Errno.ENOSPC)]
    [Arguments("Truncate", Errno.EIO)]
    public async Task After_an_error_on_this_side_removing_the_index_is_refused(string call, int error)
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        ulong handle = storage.MustCreate(Index);
        storage.Write(handle, 0, "precious"u8);
        files.Fail(call, error);
        TeeResult failed = call switch
        {
            "Read" => storage.Read(handle, 0, 8).Result,
            "Write" => storage.Write(handle, 0, "x"u8),
            "Truncate" => storage.Truncate(handle, 8),
            _ => storage.Open(Index).Result,
        };
        files.Fault = static _ => 0;

        await Assert.That(failed).IsNotEqualTo(TeeResult.Success);
        await Assert.That(failed).IsNotEqualTo(TeeResult.ItemNotFound);
        await Assert.That(storage.Remove(Index)).IsEqualTo(TeeResult.Generic);
        await Assert.That(storage.Log.Count(LogLevel.Critical)).IsEqualTo(1);
        ulong again = storage.MustOpen(Index);
        await Assert.That(storage.Read(again, 0, 8).Bytes.AsSpan().SequenceEqual("precious"u8)).IsTrue();
    }

    [Test]
    public async Task Removing_by_a_client_that_is_gone_is_taken_back()
    {
        using StorageFixture storage = new();
        ulong handle = storage.MustCreate(Index);
        storage.Write(handle, 0, "precious"u8);
        storage.Close(storage.MustOpen(Index));
        (TeeResult result, _) =
            storage.CallRevoked(1, StorageFixture.Value(FileSystemOperation.Remove), storage.Name(Index));

        await Assert.That(result).IsEqualTo(TeeResult.Success);
        await Assert.That(File.ReadAllText(storage["dirf.db"])).IsEqualTo("precious");
        await Assert.That(File.Exists(storage["dirf.db.removed-1"])).IsFalse();
        storage.Restart();
        await Assert.That(storage.Read(handle, 0, 8).Result).IsEqualTo(TeeResult.Success);
    }

    [Test]
    public async Task After_a_given_up_request_on_the_index_removing_it_is_refused()
    {
        using StorageFixture storage = new();
        ulong handle = storage.MustCreate(Index);
        storage.Write(handle, 0, "precious"u8);
        storage.CallRevoked(
            1,
            StorageFixture.Value(FileSystemOperation.Read, handle),
            StorageFixture.Reference(TeeParameterType.MemoryOutput, 0, 4));

        await Assert.That(storage.Remove(Index)).IsEqualTo(TeeResult.Generic);
        await Assert.That(File.Exists(storage["dirf.db"])).IsTrue();
    }

    [Test]
    public async Task Creating_over_an_index_keeps_it()
    {
        using StorageFixture storage = new();
        storage.Write(storage.MustCreate(Index), 0, "precious"u8);
        ulong handle = storage.MustCreate(Index);

        await Assert.That(storage.Read(handle, 0, 8).Bytes).IsEmpty();
        await Assert.That(File.ReadAllText(storage["dirf.db.removed-1"])).IsEqualTo("precious");
        await Assert.That(storage.Log.Count(LogLevel.Critical)).IsEqualTo(1);
    }

    [Test]
    public async Task Replacing_the_index_by_renaming_keeps_it()
    {
        using StorageFixture storage = new();
        storage.Write(storage.MustCreate(Index), 0, "precious"u8);
        storage.Write(storage.MustCreate("/1"), 0, "other"u8);

        await Assert.That(storage.Rename("/1", Index, replace: true)).IsEqualTo(TeeResult.Success);
        await Assert.That(File.ReadAllText(storage["dirf.db"])).IsEqualTo("other");
        await Assert.That(File.ReadAllText(storage["dirf.db.removed-1"])).IsEqualTo("precious");
        await Assert.That(storage.Log.Count(LogLevel.Critical)).IsEqualTo(1);
    }

    [Test]
    public async Task A_new_index_beside_objects_does_not_pass_unseen()
    {
        using StorageFixture storage = new();
        storage.MustCreate(Index);
        await Assert.That(storage.Log.Count(LogLevel.Critical)).IsEqualTo(0);
        await Assert.That(storage.Log.Count(LogLevel.Notice)).IsEqualTo(1);

        storage.MustCreate("/1a");
        File.Delete(storage["dirf.db"]);
        storage.MustCreate(Index);
        await Assert.That(storage.Log.Count(LogLevel.Critical)).IsEqualTo(1);
    }

    [Test]
    public async Task A_handle_on_the_index_follows_it()
    {
        using StorageFixture storage = new();
        ulong handle = storage.MustCreate(Index);
        storage.Write(handle, 0, "precious"u8);
        storage.Remove(Index);
        storage.Restart();

        await Assert.That(storage.Read(handle, 0, 8).Bytes.AsSpan().SequenceEqual("precious"u8)).IsTrue();
    }

    /// <summary>What is left of a failed request when its client is gone: the dispatcher tells the service nothing.</summary>
    private static TeeResult InvokeOnly(StorageFixture storage, TeeParameter[] parameters)
    {
        RpcRequest request = new(RpcFunction.FileSystem, 0, parameters, storage.Memory);
        TeeResult result = storage.Service.Invoke(ref request);
        request.Dispose();
        return result;
    }
}
