// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Storage;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>Listing, as older OP-TEE versions do it.</summary>
public sealed class DirectoryListingTests
{
    [Test]
    public async Task Every_name_is_listed_once_but_those_with_dots()
    {
        using StorageFixture storage = new();
        string[] names = [.. Enumerable.Range(0, 200).Select(static i => $"object-{i}-{new string('n', i)}")];
        foreach (string name in names)
        {
            storage.Close(storage.MustCreate($"/u/{name}"));
        }

        File.WriteAllText(storage["u/.nfs0001"], "");
        ulong handle = storage.OpenDirectory("/u").Handle;
        List<string> listed = [];
        (TeeResult result, _, string entry) = storage.ReadDirectory(handle);
        while (result == TeeResult.Success)
        {
            listed.Add(entry);
            (result, _, entry) = storage.ReadDirectory(handle);
        }

        await Assert.That(result).IsEqualTo(TeeResult.ItemNotFound);
        await Assert.That(listed).IsEquivalentTo(names);
        await Assert.That(storage.Close(handle)).IsEqualTo(TeeResult.BadParameters);
        TeeParameter close = StorageFixture.Value(FileSystemOperation.CloseDirectory, handle);
        await Assert.That(storage.Call(0, close).Result).IsEqualTo(TeeResult.Success);
        await Assert.That(storage.Call(0, close).Result).IsEqualTo(TeeResult.BadParameters);
    }

    [Test]
    public async Task A_name_that_does_not_fit_is_not_lost()
    {
        using StorageFixture storage = new();
        storage.MustCreate("/u/abcdef");
        ulong handle = storage.OpenDirectory("/u").Handle;

        await Assert.That(storage.ReadDirectory(handle, room: 6)).IsEqualTo((TeeResult.ShortBuffer, 7UL, ""));
        await Assert.That(storage.ReadDirectory(handle, room: 7)).IsEqualTo((TeeResult.Success, 7UL, "abcdef"));
    }

    [Test]
    public async Task Missing_and_empty_directories_are_not_found()
    {
        using StorageFixture storage = new();
        storage.MustCreate("/1");
        Directory.CreateDirectory(storage["empty"]);
        File.WriteAllText(storage["empty/.nfs1"], "");

        await Assert.That(storage.OpenDirectory("/missing").Result).IsEqualTo(TeeResult.ItemNotFound);
        await Assert.That(storage.OpenDirectory("/empty").Result).IsEqualTo(TeeResult.ItemNotFound);
        await Assert.That(storage.OpenDirectory("/1").Result).IsEqualTo(TeeResult.ItemNotFound);
    }

    [Test]
    public async Task A_listing_goes_on_after_a_restart()
    {
        using StorageFixture storage = new();
        storage.MustCreate("/u/a");
        storage.MustCreate("/u/b");
        ulong handle = storage.OpenDirectory("/u").Handle;
        string first = storage.ReadDirectory(handle).Name;
        storage.Restart();
        string second = storage.ReadDirectory(handle).Name;

        await Assert.That(new[] { first, second }).IsEquivalentTo(["a", "b"]);
        await Assert.That(storage.ReadDirectory(handle).Result).IsEqualTo(TeeResult.ItemNotFound);
    }
}
