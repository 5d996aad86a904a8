// SPDX-License-Identifier: MIT

using System;
using System.Threading.Tasks;
using TpmReady.Supplicant.Storage;
using TpmReady.Supplicant.Tests.Storage.PowerCut;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>How many system calls a request takes, and how many flushes an operation of OP-TEE.</summary>
public sealed class StorageCostTests
{
    private static readonly string[] Calls =
    [
        "Open", "OpenBeneath", "Close", "Read", "Write", "Truncate", "GetStatus", "Sync", "SyncData", "Unlink",
        "RemoveDirectory", "Rename", "RenameWithoutReplacing", "Link", "MakeDirectory", "ReadDirectory",
    ];

    [Test]
    [Arguments(nameof(FileSyncMode.Strict), 3, 2)]
    [Arguments(nameof(FileSyncMode.Commit), 2, 1)]
    public async Task A_request_takes_as_few_calls_as_it_can(string mode, int create, int remove)
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files, mode: Enum.Parse<FileSyncMode>(mode));
        storage.Close(storage.MustCreate("/1"));
        ulong index = storage.MustCreate("/dirf.db");
        storage.Write(index, 0, "head"u8);
        storage.Write(storage.MustOpen("/1"), 8192, new byte[4096]);
        storage.Write(index, 0, "head"u8);
        ulong handle = 0;

        await Assert.That(Count(files, () => handle = storage.MustCreate("/2"))).IsEqualTo(create);
        await Assert.That(Count(files, () => storage.Write(handle, 8192, new byte[4096]))).IsEqualTo(1);
        await Assert.That(Count(files, () => storage.Write(handle, 0, new byte[68]))).IsEqualTo(1);
        await Assert.That(Count(files, () => storage.Read(handle, 8192, 4096))).IsEqualTo(1);
        await Assert.That(Count(files, () => storage.Truncate(handle, 4096))).IsEqualTo(0);
        storage.Write(index, 0, "head"u8);
        await Assert.That(Count(files, () => storage.Close(handle))).IsEqualTo(1);
        await Assert.That(Count(files, () => handle = storage.MustOpen("/2"))).IsEqualTo(2);
        await Assert.That(Count(files, () => storage.Remove("/2"))).IsEqualTo(remove);
        await Assert.That(Count(files, () => storage.Close(handle))).IsEqualTo(1);
        await Assert.That(Count(files, () => storage.Open("/2"))).IsEqualTo(1);
        await Assert.That(Count(files, () => storage.Rename("/1", "/3", replace: true))).IsEqualTo(2);
    }

    [Test]
    [Arguments(1)]
    [Arguments(16)]
    [Arguments(128)]
    public async Task A_commit_takes_three_flushes_whatever_was_written(int blocks)
    {
        byte[] content = new byte[blocks * HashTree.BlockSize];
        long strict = FlushesOf(FileSyncMode.Strict, store => store.Write("a", 0, content), blocks);
        long commit = FlushesOf(FileSyncMode.Commit, store => store.Write("a", 0, content), blocks);

        // The object; the index without its head; the head.
        await Assert.That(commit).IsEqualTo(3);

        // A block and a node each, the object's head, and a block, a node and the head of the index.
        await Assert.That(strict).IsGreaterThanOrEqualTo((2 * blocks) + 1 + 3);
        Console.WriteLine(FormattableString.Invariant($"{blocks} blocks: {strict} flushes, {commit} with commit"));
    }

    [Test]
    public async Task An_operation_on_the_index_alone_takes_two_flushes()
    {
        await Assert.That(FlushesOf(FileSyncMode.Commit, static store => store.Remove("a"), 1)).IsEqualTo(2);
        await Assert.That(FlushesOf(FileSyncMode.Commit, static store => store.Rename("a", "b"), 1)).IsEqualTo(2);
    }

    [Test]
    public async Task In_commit_mode_files_are_not_opened_for_synchronous_writes()
    {
        using StorageFixture storage = new(mode: FileSyncMode.Commit);
        storage.MustCreate("/1");

        await Assert.That(DescriptorFlags.AreSynchronous(storage["1"])).IsFalse();
    }

    [Test]
    public async Task What_was_not_committed_is_flushed_when_it_is_closed()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files, mode: FileSyncMode.Commit);
        ulong handle = storage.MustCreate("/0.ta");
        storage.Write(handle, 0, "code"u8);
        files.ResetCounts();

        await Assert.That(storage.Close(handle)).IsEqualTo(TeeResult.Success);
        await Assert.That(files.Count("SyncData")).IsEqualTo(1);
    }

    [Test]
    public async Task A_file_of_an_unknown_kind_is_flushed_with_each_write()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files, mode: FileSyncMode.Commit);
        ulong handle = storage.MustCreate("/unknown");
        files.ResetCounts();
        storage.Write(handle, 0, "x"u8);

        await Assert.That(files.Count("SyncData")).IsEqualTo(1);
    }

    [Test]
    public async Task A_successor_flushes_what_its_predecessor_wrote()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files, mode: FileSyncMode.Commit);
        ulong index = storage.MustCreate("/dirf.db");
        ulong handle = storage.MustCreate("/1");
        storage.Write(handle, 8192, "not committed"u8);
        storage.Restart();
        files.ResetCounts();
        storage.Write(index, 0, "head"u8);

        // The object; the index before and after its head. And the directory, for the object's name.
        await Assert.That(files.Count("SyncData")).IsEqualTo(3);
        await Assert.That(files.Count("Sync")).IsEqualTo(2);
    }

    private static long FlushesOf(FileSyncMode mode, Action<SecureStore> operation, int blocks)
    {
        MemoryFiles files = new();
        using SecureWorldRequests world = new(files, mode);
        SecureStore store = new(world);
        store.Create("a", new byte[blocks * HashTree.BlockSize]);
        int before = files.Flushes;
        operation(store);
        return files.Flushes - before;
    }

    private static int Count(FaultyFiles files, Action action)
    {
        files.ResetCounts();
        action();
        int count = 0;
        foreach (string call in Calls)
        {
            count += files.Count(call);
        }

        return count;
    }
}
