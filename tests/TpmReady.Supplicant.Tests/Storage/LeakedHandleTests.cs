// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Storage;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>Killed clients leave files open: neither descriptors nor storage for others may be lost to that.</summary>
public sealed class LeakedHandleTests
{
    private const int Leaks = 100;

    [Test]
    public async Task Idle_files_have_no_descriptor_and_are_there_all_the_same()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        ulong[] handles = [.. Enumerable.Range(0, Leaks).Select(i => Create(storage, i))];

        // And one for the root.
        await Assert.That(files.OpenDescriptors).IsLessThanOrEqualTo(FileHandleTable.DefaultIdleDescriptors + 1);
        for (int i = 0; i < Leaks; i++)
        {
            await Assert.That(Read(storage, handles[i])).IsEqualTo($"object {i}");
        }
    }

    [Test]
    public async Task An_unlinked_file_stays_open_also_if_it_was_idle()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        ulong[] handles = [.. Enumerable.Range(0, Leaks).Select(i => Create(storage, i))];
        for (int i = 0; i < Leaks; i++)
        {
            await Assert.That(storage.Remove($"/{i:x}")).IsEqualTo(TeeResult.Success);
        }

        for (int i = 0; i < Leaks; i++)
        {
            await Assert.That(Read(storage, handles[i])).IsEqualTo($"object {i}");
        }

        await Assert.That(handles.All(handle => storage.Close(handle) == TeeResult.Success)).IsTrue();
        await Assert.That(files.OpenDescriptors).IsEqualTo(1);
    }

    [Test]
    public async Task A_replaced_file_stays_open_also_if_it_was_idle()
    {
        using StorageFixture storage = new();
        ulong[] handles = [.. Enumerable.Range(0, Leaks).Select(i => Create(storage, i))];

        await Assert.That(storage.Rename("/1", "/0", replace: true)).IsEqualTo(TeeResult.Success);
        await Assert.That(Read(storage, handles[0])).IsEqualTo("object 0");
        await Assert.That(Read(storage, handles[1])).IsEqualTo("object 1");
    }

    [Test]
    public async Task Files_with_writes_that_are_not_durable_keep_their_descriptors()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files, mode: FileSyncMode.Commit);
        _ = Enumerable.Range(0, Leaks).Select(i => Create(storage, i)).ToArray();

        await Assert.That(files.OpenDescriptors).IsGreaterThan(Leaks);
        storage.Write(storage.MustCreate("/dirf.db"), 0, "head"u8);
        storage.MustOpen("/1");
        await Assert.That(files.OpenDescriptors).IsLessThanOrEqualTo(FileHandleTable.DefaultIdleDescriptors + 1);
    }

    [Test]
    public async Task Killed_clients_cannot_fill_the_table()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        ulong kept = Create(storage, 1);
        HashSet<ulong> given = [];
        for (int i = 0; i < 1000; i++)
        {
            given.Add(storage.MustOpen("/1"));
            ulong gone = Create(storage, 2);
            await Assert.That(Read(storage, gone)).IsEqualTo("object 2");
            await Assert.That(storage.Remove("/2")).IsEqualTo(TeeResult.Success);
        }

        await Assert.That(given.Count).IsEqualTo(1000);
        await Assert.That(storage.Close(given.Last())).IsEqualTo(TeeResult.Success);
        await Assert.That(storage.Close(kept)).IsEqualTo(TeeResult.BadParameters);
    }

    [Test]
    public async Task Who_opens_the_index_while_it_comes_back_finds_it()
    {
        using StorageFixture storage = new();
        storage.MustWrite("/dirf.db", "index"u8);
        Task<TeeResult>? opening = null;
        bool early = true;
        (TeeResult removed, _) = storage.CallRevoked(
            0,
            () =>
            {
                // The client was killed, and another one comes before the supplicant hears of it.
                opening = Task.Run(() => storage.Open("/dirf.db", slot: 1).Result);
                early = opening.Wait(TimeSpan.FromMilliseconds(50));
            },
            StorageFixture.Value(FileSystemOperation.Remove),
            storage.Name("/dirf.db"));

        await Assert.That(removed).IsEqualTo(TeeResult.Success);
        await Assert.That(early).IsFalse();
        await Assert.That(await opening!).IsEqualTo(TeeResult.Success);
    }

    [Test]
    public async Task An_object_is_not_unlinked_while_nobody_knows_whether_the_index_names_it()
    {
        using StorageFixture storage = new(mode: FileSyncMode.Commit);
        ulong index = storage.MustCreate("/dirf.db");
        storage.MustCreate("/1");
        storage.CallRevoked(
            0,
            static () => { },
            StorageFixture.Value(FileSystemOperation.Write, index),
            StorageFixture.Reference(TeeParameterType.MemoryInput, 0, 68));

        await Assert.That(storage.Remove("/1", slot: 1)).IsEqualTo(TeeResult.Generic);
        await Assert.That(storage.Write(index, 68, new byte[68])).IsEqualTo(TeeResult.Success);
        await Assert.That(storage.Remove("/1", slot: 1)).IsEqualTo(TeeResult.Success);
    }

    private static ulong Create(StorageFixture storage, int number)
    {
        ulong handle = storage.MustCreate($"/{number:x}");
        storage.Write(handle, 0, Encoding.UTF8.GetBytes($"object {number}"));
        return handle;
    }

    private static string Read(StorageFixture storage, ulong handle) =>
        Encoding.UTF8.GetString(storage.Read(handle, 0, 100).Bytes);
}
