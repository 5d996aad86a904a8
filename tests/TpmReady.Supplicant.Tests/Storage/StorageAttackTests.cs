// SPDX-License-Identifier: MIT

using System.IO;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Logging;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>Names and files that are there to lead the supplicant out of its directory, or to hold it up.</summary>
public sealed class StorageAttackTests
{
    private const string Outside = "outside";

    [Test]
    [Arguments("../../ESCAPED")]
    [Arguments("..")]
    [Arguments("a/../../ESCAPED")]
    [Arguments("/../ESCAPED")]
    public async Task Dots_lead_nowhere(string name)
    {
        using StorageFixture storage = new(subdirectory: "a/b");
        storage.MustCreate("/1");

        await Assert.That(storage.Create(name).Result).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(storage.Open(name).Result).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(storage.Remove(name)).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(storage.Rename("/1", name, replace: true)).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(storage.OpenDirectory(name).Result).IsEqualTo(TeeResult.BadParameters);
        string top = Path.GetFullPath(Path.Combine(storage.Root, "../.."));
        string[] found = Directory.GetFileSystemEntries(top, "*", SearchOption.AllDirectories);
        await Assert.That(found.Select(static path => Path.GetFileName(path))).IsEquivalentTo(["a", "b", "1"]);
    }

    [Test]
    [Arguments(false)]
    [Arguments(true)]
    public async Task Links_are_not_followed(bool withoutOpenat2)
    {
        FaultyFiles files = new();
        using StorageFixture storage = new(files, "root");
        storage.MustCreate("/1");
        string outside = Path.GetFullPath(Path.Combine(storage.Root, "..", Outside));
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, "file"), "secret");
        File.CreateSymbolicLink(storage["link"], Path.Combine(outside, "file"));
        Directory.CreateSymbolicLink(storage["directory"], outside);
        files.Fail("OpenBeneath", withoutOpenat2 ? Errno.ENOSYS : 0);

        await Assert.That(storage.Open("/link").Result).IsEqualTo(TeeResult.ItemNotFound);
        await Assert.That(storage.Create("/link").Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(storage.Open("/directory/file").Result).IsEqualTo(TeeResult.ItemNotFound);
        await Assert.That(storage.Create("/directory/new").Result).IsNotEqualTo(TeeResult.Success);
        await Assert.That(storage.Remove("/directory/file")).IsNotEqualTo(TeeResult.Success);
        await Assert.That(storage.Rename("/directory/file", "/stolen", replace: true)).IsNotEqualTo(TeeResult.Success);
        await Assert.That(storage.OpenDirectory("/directory").Result).IsEqualTo(TeeResult.ItemNotFound);
        await Assert.That(File.ReadAllText(Path.Combine(outside, "file"))).IsEqualTo("secret");
        await Assert.That(Directory.GetFiles(outside).Length).IsEqualTo(1);
    }

    [Test]
    public async Task Removing_a_link_removes_the_link()
    {
        using StorageFixture storage = new(subdirectory: "root");
        storage.MustCreate("/1");
        string target = Path.GetFullPath(Path.Combine(storage.Root, "..", "file"));
        File.WriteAllText(target, "kept");
        File.CreateSymbolicLink(storage["link"], target);

        await Assert.That(storage.Remove("/link")).IsEqualTo(TeeResult.Success);
        await Assert.That(File.ReadAllText(target)).IsEqualTo("kept");
    }

    [Test]
    public async Task A_FIFO_neither_holds_the_thread_nor_is_a_file()
    {
        using StorageFixture storage = new();
        storage.MustCreate("/1");
        await Assert.That(TestFiles.MakeFifo(storage["fifo"])).IsEqualTo(0);

        await Assert.That(storage.Open("/fifo").Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(storage.Create("/fifo").Result).IsEqualTo(TeeResult.Generic);
    }

    [Test]
    public async Task A_directory_is_not_a_file()
    {
        using StorageFixture storage = new();
        storage.MustCreate("/d/1");

        await Assert.That(storage.Open("/d").Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(storage.Create("/d").Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(storage.Remove("/d")).IsEqualTo(TeeResult.Generic);
    }

    [Test]
    public async Task A_hard_link_is_a_file_of_the_store()
    {
        using StorageFixture storage = new();
        storage.Write(storage.MustCreate("/1"), 0, "same"u8);
        await Assert.That(TestFiles.Link(storage["1"], storage["2"])).IsEqualTo(0);
        ulong handle = storage.MustOpen("/2");

        await Assert.That(storage.Read(handle, 0, 4).Bytes.Length).IsEqualTo(4);
        await Assert.That(storage.Remove("/2")).IsEqualTo(TeeResult.Success);
        await Assert.That(File.Exists(storage["1"])).IsTrue();
    }

    [Test]
    public async Task The_store_stays_in_reach_when_its_path_leads_elsewhere()
    {
        using StorageFixture storage = new(subdirectory: "root");
        storage.Write(storage.MustCreate("/1"), 0, "kept"u8);
        Directory.Move(storage.Root, storage.Root + ".moved");
        Directory.CreateDirectory(storage.Root);

        await Assert.That(storage.Open("/1").Result).IsEqualTo(TeeResult.Success);
    }

    [Test]
    public async Task Missing_directories_of_the_root_are_made_for_the_owner_only()
    {
        using StorageFixture storage = new(subdirectory: "x/y/z");
        storage.MustCreate("/1");
        await Assert.That(new DirectoryInfo(storage.Root).UnixFileMode)
            .IsEqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Test]
    public async Task An_open_root_is_warned_of()
    {
        using StorageFixture storage = new(subdirectory: "root");
        Directory.CreateDirectory(storage.Root);
        File.SetUnixFileMode(storage.Root, (UnixFileMode)0x1fd);
        storage.MustCreate("/1");

        await Assert.That(storage.Log.Count(LogLevel.Warning)).IsEqualTo(1);
    }
}
