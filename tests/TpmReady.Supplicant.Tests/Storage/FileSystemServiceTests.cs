// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Storage;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>Each operation on a real file system.</summary>
public sealed class FileSystemServiceTests
{
    [Test]
    public async Task What_was_written_is_read_back()
    {
        using StorageFixture storage = new();
        ulong handle = storage.MustCreate("/1a");
        byte[] data = [.. Enumerable.Range(0, 5000).Select(static i => (byte)i)];

        await Assert.That(storage.Write(handle, 4096, data)).IsEqualTo(TeeResult.Success);
        await Assert.That(storage.Read(handle, 4096, 5000).Bytes.SequenceEqual(data)).IsTrue();
        await Assert.That(storage.Read(handle, 9000, 4096).Bytes.Length).IsEqualTo(96);
        await Assert.That(storage.Read(handle, 1 << 20, 10)).IsEquivalentTo((TeeResult.Success, Array.Empty<byte>()));
        await Assert.That(storage.Close(handle)).IsEqualTo(TeeResult.Success);
        ulong again = storage.MustOpen("1a");
        await Assert.That(again).IsNotEqualTo(handle);
        await Assert.That(storage.Read(again, 0, 16).Bytes.All(static value => value == 0)).IsTrue();
    }

    [Test]
    public async Task Creating_empties_an_existing_file()
    {
        using StorageFixture storage = new();
        storage.Write(storage.MustCreate("/2"), 0, "old"u8);
        ulong handle = storage.MustCreate("/2");

        await Assert.That(storage.Read(handle, 0, 10).Bytes).IsEmpty();
        await Assert.That(new FileInfo(storage["2"]).UnixFileMode)
            .IsEqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Test]
    public async Task Truncate_shortens_and_grows_with_zeros()
    {
        using StorageFixture storage = new();
        ulong handle = storage.MustCreate("/file");
        storage.Write(handle, 0, "abcdef"u8);

        await Assert.That(storage.Truncate(handle, 3)).IsEqualTo(TeeResult.Success);
        await Assert.That(storage.Truncate(handle, 5)).IsEqualTo(TeeResult.Success);
        await Assert.That(storage.Read(handle, 0, 10).Bytes.SequenceEqual("abc\0\0"u8.ToArray())).IsTrue();
    }

    [Test]
    public async Task A_missing_file_is_not_found_with_one_call()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        storage.MustCreate("/1");
        files.ResetCounts();

        await Assert.That(storage.Open("/77").Result).IsEqualTo(TeeResult.ItemNotFound);
        await Assert.That(files.Count("Open")).IsEqualTo(1);
        await Assert.That(storage.Open("/1/2").Result).IsEqualTo(TeeResult.ItemNotFound);
        await Assert.That(storage.Open("/a/b").Result).IsEqualTo(TeeResult.ItemNotFound);
        await Assert.That(storage.Remove("/77")).IsEqualTo(TeeResult.ItemNotFound);
    }

    [Test]
    public async Task A_removed_file_lives_until_it_is_closed()
    {
        using StorageFixture storage = new();
        ulong handle = storage.MustCreate("/4");
        storage.Write(handle, 0, "kept"u8);

        await Assert.That(storage.Remove("/4")).IsEqualTo(TeeResult.Success);
        await Assert.That(File.Exists(storage["4"])).IsFalse();
        await Assert.That(Encoding.UTF8.GetString(storage.Read(handle, 0, 4).Bytes)).IsEqualTo("kept");
        await Assert.That(storage.Close(handle)).IsEqualTo(TeeResult.Success);
    }

    [Test]
    public async Task Unknown_handles_are_refused_and_close_nothing()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        ulong handle = storage.MustCreate("/5");
        files.ResetCounts();
        ulong[] wrongOnes = [0, 1, 2, 3, 4, handle + 1, handle | (1UL << 32), ulong.MaxValue, 1UL << 31];
        foreach (ulong wrong in wrongOnes)
        {
            await Assert.That(storage.Close(wrong)).IsEqualTo(TeeResult.BadParameters);
            await Assert.That(storage.Read(wrong, 0, 1).Result).IsEqualTo(TeeResult.BadParameters);
            await Assert.That(storage.Write(wrong, 0, "x"u8)).IsEqualTo(TeeResult.BadParameters);
            await Assert.That(storage.Truncate(wrong, 0)).IsEqualTo(TeeResult.BadParameters);
        }

        await Assert.That(files.Count("Close")).IsEqualTo(0);
        await Assert.That(storage.Close(handle)).IsEqualTo(TeeResult.Success);
        await Assert.That(storage.Close(handle)).IsEqualTo(TeeResult.BadParameters);
    }

    [Test]
    public async Task Offsets_beyond_a_file_s_limit_are_refused()
    {
        using StorageFixture storage = new();
        ulong handle = storage.MustCreate("/6");

        await Assert.That(storage.Write(handle, 1UL << 63, "x"u8)).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(storage.Write(handle, long.MaxValue, "x"u8)).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(storage.Read(handle, ulong.MaxValue, 1).Result).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(storage.Truncate(handle, 1UL << 63)).IsEqualTo(TeeResult.BadParameters);
    }

    [Test]
    public async Task Requests_of_a_wrong_shape_are_refused()
    {
        using StorageFixture storage = new();
        ulong handle = storage.MustCreate("/7");
        TeeParameter noBuffer =
            StorageFixture.Reference(TeeParameterType.MemoryOutput, 0, 4) with { C = TeeParameter.NoMemory };

        await Assert.That(storage.Call(0).Result).IsEqualTo(TeeResult.BadParameters);
        for (ulong operation = 0; operation <= 12; operation++)
        {
            TeeParameter value = StorageFixture.Value((FileSystemOperation)operation, handle);
            TeeResult bare = storage.Call(0, value).Result;
            bool needsOnlyValue = operation is 2 or 5;
            await Assert.That(bare).IsEqualTo(needsOnlyValue ? TeeResult.Success : TeeResult.BadParameters);
            handle = needsOnlyValue ? storage.MustCreate("/7") : handle;
            await Assert.That(storage.Call(0, value, noBuffer).Result).IsEqualTo(TeeResult.BadParameters);
            await Assert.That(storage.Call(0, value, value, value, value).Result).IsEqualTo(TeeResult.BadParameters);
        }

        await Assert.That(storage.Call(0, StorageFixture.Value((FileSystemOperation)(1UL << 32))).Result)
            .IsEqualTo(TeeResult.BadParameters);
        await Assert.That(storage.Memory.Pinned).IsEqualTo(0);
    }

    [Test]
    public async Task A_read_of_nothing_needs_no_buffer()
    {
        using StorageFixture storage = new();
        ulong handle = storage.MustCreate("/8");
        TeeParameter nothing =
            StorageFixture.Reference(TeeParameterType.MemoryOutput, 0, 0) with { C = TeeParameter.NoMemory };

        (TeeResult result, TeeParameter[] parameters) =
            storage.Call(0, StorageFixture.Value(FileSystemOperation.Read, handle), nothing);
        await Assert.That(result).IsEqualTo(TeeResult.Success);
        await Assert.That(parameters[1].B).IsEqualTo(0UL);
    }

    [Test]
    public async Task Directories_are_made_for_nested_names_and_removed_when_empty()
    {
        using StorageFixture storage = new();
        storage.MustCreate("/ta/x/y");

        await Assert.That(File.Exists(storage["ta/x/y"])).IsTrue();
        await Assert.That(new DirectoryInfo(storage["ta"]).UnixFileMode)
            .IsEqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await Assert.That(storage.Remove("/ta/x/y")).IsEqualTo(TeeResult.Success);
        await Assert.That(Directory.Exists(storage["ta"])).IsFalse();
        await Assert.That(storage.Create("/a/b/c/d").Result).IsNotEqualTo(TeeResult.Success);
        await Assert.That(Directory.GetFileSystemEntries(storage.Root)).IsEmpty();
    }

    [Test]
    public async Task A_directory_with_other_files_stays()
    {
        using StorageFixture storage = new();
        storage.MustCreate("/ta/1");
        storage.MustCreate("/ta/2");

        await Assert.That(storage.Remove("/ta/1")).IsEqualTo(TeeResult.Success);
        await Assert.That(File.Exists(storage["ta/2"])).IsTrue();
    }

    [Test]
    public async Task Directories_that_were_made_in_vain_are_removed()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        storage.MustCreate("/1");
        files.ResetCounts();

        // Two of each new directory, and then the file itself.
        files.Fault = call => call is "Open" && files.Count("Open") == 5 ? Errno.ENOSPC : 0;
        TeeResult result = storage.Create("/ta/x/y").Result;
        files.Fault = static _ => 0;

        await Assert.That(result).IsEqualTo(TeeResult.StorageNoSpace);
        await Assert.That(files.Count("MakeDirectory")).IsEqualTo(2);
        await Assert.That(Directory.Exists(storage["ta"])).IsFalse();
    }

    [Test]
    public async Task Renaming_replaces_only_when_asked()
    {
        using StorageFixture storage = new();
        storage.Write(storage.MustCreate("/a"), 0, "A"u8);
        storage.Write(storage.MustCreate("/b"), 0, "B"u8);

        await Assert.That(storage.Rename("/a", "/b", replace: false)).IsEqualTo(TeeResult.AccessConflict);
        await Assert.That(storage.Rename("/missing", "/c", replace: true)).IsEqualTo(TeeResult.ItemNotFound);
        await Assert.That(storage.Rename("/a", "/b/c", replace: true)).IsEqualTo(TeeResult.Generic);
        await Assert.That(File.ReadAllText(storage["b"])).IsEqualTo("B");
        await Assert.That(storage.Rename("/a", "/b", replace: true)).IsEqualTo(TeeResult.Success);
        await Assert.That(File.ReadAllText(storage["b"])).IsEqualTo("A");
        await Assert.That(storage.Rename("/b", "/c", replace: false)).IsEqualTo(TeeResult.Success);
    }

    [Test]
    [Arguments(Errno.EINVAL, 0)]
    [Arguments(Errno.ENOSYS, 0)]
    [Arguments(Errno.EINVAL, Errno.EPERM)]
    public async Task Renaming_without_replacing_works_on_any_file_system(int renameError, int linkError)
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        storage.Write(storage.MustCreate("/a"), 0, "A"u8);
        storage.MustCreate("/b");
        files.Fault = call => call switch
        {
            "RenameWithoutReplacing" => renameError,
            "Link" => linkError,
            _ => 0,
        };

        await Assert.That(storage.Rename("/a", "/b", replace: false)).IsEqualTo(TeeResult.AccessConflict);
        await Assert.That(storage.Rename("/a", "/c", replace: false)).IsEqualTo(TeeResult.Success);
        await Assert.That(File.Exists(storage["a"])).IsFalse();
        await Assert.That(File.ReadAllText(storage["c"])).IsEqualTo("A");
    }

    [Test]
    public async Task A_client_that_is_gone_leaves_no_open_file()
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files);
        storage.MustCreate("/9");
        int before = files.OpenDescriptors;
        (TeeResult result, TeeParameter[] parameters) = storage.CallRevoked(
            1, StorageFixture.Value(FileSystemOperation.Open), storage.Name("/9"), Fake.FakeSecureWorld.ValueOutput());

        await Assert.That(result).IsEqualTo(TeeResult.Success);
        await Assert.That(files.OpenDescriptors).IsEqualTo(before);
        await Assert.That(storage.Close(parameters[2].A)).IsEqualTo(TeeResult.BadParameters);
    }

    [Test]
    public async Task Handles_survive_a_restart()
    {
        using StorageFixture storage = new();
        ulong file = storage.MustCreate("/a1");
        ulong removed = storage.MustCreate("/a2");
        ulong replaced = storage.MustCreate("/a3");
        ulong renamed = storage.MustCreate("/a4");
        storage.Write(file, 0, "one"u8);
        storage.Write(renamed, 0, "four"u8);
        storage.Remove("/a2");
        storage.Rename("/a4", "/a5", replace: false);
        File.Move(storage["a3"], storage["other"]);
        File.WriteAllText(storage["a3"], "another file of the same name");
        storage.Restart();

        await Assert.That(Encoding.UTF8.GetString(storage.Read(file, 0, 10).Bytes)).IsEqualTo("one");
        await Assert.That(Encoding.UTF8.GetString(storage.Read(renamed, 0, 10).Bytes)).IsEqualTo("four");
        await Assert.That(storage.Read(removed, 0, 10).Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(storage.Read(replaced, 0, 10).Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(storage.Close(removed)).IsEqualTo(TeeResult.Success);
    }

    [Test]
    public async Task A_full_table_is_a_hard_error()
    {
        using StorageFixture storage = new();
        TeeResult result = TeeResult.Success;
        for (int i = 0; i < 1000 && result == TeeResult.Success; i++)
        {
            result = storage.Create($"/{i:x}").Result;
        }

        await Assert.That(result).IsEqualTo(TeeResult.Generic);
        await Assert.That(storage.Log.Count(LogLevel.Critical)).IsEqualTo(1);
    }
}
