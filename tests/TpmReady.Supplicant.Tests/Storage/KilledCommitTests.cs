// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Storage;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>
/// Clients that are killed while the index's head is written: to OP-TEE the commit has failed, its buffer carries the
/// next request already, and a head made of both would be the newer one and lose the whole store.
/// </summary>
public sealed class KilledCommitTests
{
    private const string Index = "/dirf.db";
    private const int HeadLength = 68;
    private static readonly byte[] OldHead = [.. Enumerable.Repeat((byte)'o', HeadLength)];
    private static readonly byte[] NewHead = [.. Enumerable.Repeat((byte)'n', HeadLength)];

    [Test]
    [Arguments(true)]
    [Arguments(false)]
    public async Task A_head_is_taken_before_anything_is_waited_for(bool isStrict)
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files, mode: Mode(isStrict));
        ulong handle = WithOldHead(storage);
        files.Before = _ => storage.Memory.Bytes.Fill(0x2f);
        storage.Write(handle, 0, NewHead);
        files.Before = static _ => { };

        await Assert.That(File.ReadAllBytes(storage["dirf.db"])).IsEquivalentTo(NewHead);
    }

    [Test]
    [Arguments(true)]
    [Arguments(false)]
    public async Task A_commit_that_nobody_hears_of_has_not_happened(bool isStrict)
    {
        using StorageFixture storage = new(mode: Mode(isStrict));
        ulong handle = WithOldHead(storage);
        TeeResult result = Commit(storage, handle);

        await Assert.That(result).IsEqualTo(TeeResult.Success);
        await Assert.That(File.ReadAllBytes(storage["dirf.db"])).IsEquivalentTo(OldHead);
    }

    [Test]
    public async Task An_object_of_a_commit_that_has_not_happened_can_be_removed()
    {
        using StorageFixture storage = new();
        ulong handle = WithOldHead(storage);
        storage.MustCreate("/7");
        Commit(storage, handle);

        await Assert.That(storage.Remove("/7")).IsEqualTo(TeeResult.Success);
    }

    [Test]
    public async Task The_first_commit_of_a_new_index_stays()
    {
        using StorageFixture storage = new();
        ulong handle = storage.MustCreate(Index);
        storage.MustCreate("/7");
        Commit(storage, handle);

        await Assert.That(File.ReadAllBytes(storage["dirf.db"])).IsEquivalentTo(NewHead);
        await Assert.That(storage.Remove("/7")).IsNotEqualTo(TeeResult.Success);
    }

    [Test]
    public async Task Nothing_is_cut_off_for_a_commit_that_has_not_happened()
    {
        using StorageFixture storage = new();
        ulong handle = WithOldHead(storage);
        ulong victim = storage.MustCreate("/7");
        storage.Write(victim, 0, "contents"u8);
        storage.Truncate(victim, 3);
        Commit(storage, handle);

        await Assert.That(File.ReadAllText(storage["7"])).IsEqualTo("contents");
        storage.Truncate(victim, 3);
        storage.Write(handle, 0, NewHead);
        await Assert.That(File.ReadAllText(storage["7"])).IsEqualTo("con");
    }

    [Test]
    public async Task Who_opens_the_index_waits_for_what_becomes_of_the_commit()
    {
        using StorageFixture storage = new();
        ulong handle = WithOldHead(storage);
        Task<byte[]>? open = null;
        storage.Memory.Bytes[..HeadLength].Fill((byte)'n');
        storage.CallRevoked(
            1,
            () =>
            {
                open = Task.Run(() =>
                {
                    storage.MustOpen(Index);
                    return File.ReadAllBytes(storage["dirf.db"]);
                });
                bool isEarly = open.Wait(TimeSpan.FromMilliseconds(100));
                if (isEarly)
                {
                    throw new InvalidOperationException("The index was opened while a commit was unanswered.");
                }
            },
            StorageFixture.Value(FileSystemOperation.Write, handle),
            StorageFixture.Reference(TeeParameterType.MemoryInput, 0, HeadLength));

        await Assert.That(await open!).IsEquivalentTo(OldHead);
    }

    [Test]
    public async Task The_index_comes_back_although_the_buffer_with_its_name_is_gone()
    {
        using StorageFixture storage = new();
        storage.MustWrite(Index, "precious"u8);
        storage.CallRevoked(
            1,
            () => storage.Memory.Bytes.Clear(),
            StorageFixture.Value(FileSystemOperation.Remove),
            storage.Name(Index));

        await Assert.That(File.ReadAllText(storage["dirf.db"])).IsEqualTo("precious");
        await Assert.That(File.Exists(storage["dirf.db.removed-1"])).IsFalse();
    }

    // Of a killed client's requests, those in the kernel's queue fail unseen and a close and a removal may still come.
    [Test]
    [Arguments(true)]
    [Arguments(false)]
    public async Task An_index_that_was_committed_since_the_start_is_not_removed(bool isStrict)
    {
        using StorageFixture storage = new(mode: Mode(isStrict));
        storage.Close(WithOldHead(storage));
        storage.Close(storage.MustOpen(Index));

        await Assert.That(storage.Remove(Index, slot: 1)).IsEqualTo(TeeResult.Generic);
        await Assert.That(File.ReadAllBytes(storage["dirf.db"])).IsEquivalentTo(OldHead);
        await Assert.That(storage.Log.Count(LogLevel.Error)).IsEqualTo(1);
    }

    [Test]
    public async Task After_a_commit_that_failed_the_index_may_be_given_up()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        ulong handle = storage.MustCreate(Index);
        files.Fail("Write", Errno.ENOSPC);
        await Assert.That(storage.Write(handle, 0, NewHead)).IsNotEqualTo(TeeResult.Success);
        files.Fault = static _ => 0;
        storage.Close(handle);
        storage.Close(storage.MustOpen(Index));

        await Assert.That(storage.Remove(Index)).IsEqualTo(TeeResult.Success);
    }

    private static FileSyncMode Mode(bool isStrict) => isStrict ? FileSyncMode.Strict : FileSyncMode.Commit;

    private static ulong WithOldHead(StorageFixture storage)
    {
        ulong handle = storage.MustCreate(Index);
        storage.Write(handle, 0, OldHead);
        return handle;
    }

    private static TeeResult Commit(StorageFixture storage, ulong handle)
    {
        NewHead.CopyTo(storage.Memory.Bytes);
        return storage.CallRevoked(
            1,
            StorageFixture.Value(FileSystemOperation.Write, handle),
            StorageFixture.Reference(TeeParameterType.MemoryInput, 0, HeadLength)).Result;
    }
}
