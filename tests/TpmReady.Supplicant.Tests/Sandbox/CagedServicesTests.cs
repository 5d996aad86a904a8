// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using TpmReady.Linux.Files;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Plugins;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Sandbox;
using TpmReady.Supplicant.Storage;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Supplicant.Tests.Plugins;
using TpmReady.Supplicant.Tests.Protocol;
using TpmReady.Supplicant.Tests.Storage;
using TpmReady.Supplicant.TrustedApplications;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Sandbox;

/// <summary>
/// Every request under the real cage: the lists of calls and paths stay honest. One at a time, for the runtime's own
/// threads are shared.
/// </summary>
[NotInParallel(nameof(CagedServicesTests))]
public sealed class CagedServicesTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Test]
    public async Task Storage_needs_nothing_more()
    {
        using StorageFixture storage = new();
        File.WriteAllText(storage["dirf.db"], "index");
        using CagedThread cage = new(new SandboxScope { StoragePath = storage.Root });
        cage.Run(() => Exercise(storage));
        await Assert.That(cage.Refused).IsEmpty();
        await Assert.That(storage.Log.Count(LogLevel.Error)).IsEqualTo(0);
    }

    [Test]
    public async Task Storage_that_does_not_exist_yet_is_created_inside_the_cage()
    {
        using StorageFixture storage = new(subdirectory: "later/store");
        using CagedThread cage = new(new SandboxScope { StoragePath = storage.Root });
        cage.Run(() => Exercise(storage));
        await Assert.That(cage.Refused).IsEmpty();
    }

    [Test]
    public async Task Files_elsewhere_are_out_of_reach()
    {
        Skip.When(LandlockRuleset.Level() == 0, "this kernel has no Landlock");
        string store = Directory.CreateDirectory(_directory["store"]).FullName;
        File.WriteAllText(Path.Combine(store, "dirf.db"), "index");
        File.WriteAllText(_directory["secret"], "secret");
        bool isRead = true;
        bool isWritten = true;
        using CagedThread cage = new(new SandboxScope { StoragePath = store });
        cage.Run(() =>
        {
            isRead = TestFiles.CanOpen(_directory["secret"], write: false);
            isWritten = TestFiles.CanOpen(_directory["secret"], write: true);
        });
        await Assert.That(TestFiles.CanOpen(_directory["secret"], write: true)).IsTrue();
        await Assert.That((isRead, isWritten)).IsEqualTo((false, false));
    }

    [Test]
    public async Task TAs_are_read_also_through_links_out_of_their_directory()
    {
        string store = Directory.CreateDirectory(_directory["package"]).FullName;
        string links = Directory.CreateDirectory(_directory["links"]).FullName;
        const string name = "f07bfc66-958c-4a15-99c0-260e4e7375dd.ta";
        File.WriteAllText(Path.Combine(store, name), "a TA");
        File.CreateSymbolicLink(Path.Combine(links, name), Path.Combine(store, name));
        RecordingLog log = new();
        LoadTrustedApplicationService service = new(
            new TrustedApplicationDirectories([links, _directory["missing"]]), new LinuxFileOperations(), log);
        using OneObjectMemory memory = new(1, 64);
        ulong size = 0;
        using CagedThread cage = new(new SandboxScope { TrustedApplicationPaths = [links, _directory["missing"]] });
        cage.Run(() =>
        {
            TeeParameter[] parameters =
            [
                FakeSecureWorld.ValueInput(0x154A8C9566FC7BF0, 0xDD75734E0E26C099),
                FakeSecureWorld.MemoryOutput(null, 0),
            ];
            RpcRequest request = new(RpcFunction.LoadTrustedApplication, 0, parameters, memory);
            _ = service.Invoke(ref request);
            size = parameters[1].B;
            request.Dispose();
        });
        await Assert.That(size).IsEqualTo(4UL).Because(log.ToString());
        await Assert.That(cage.Refused).IsEmpty();
    }

    [Test]
    public async Task Threads_shared_memory_and_plug_ins_need_nothing_more()
    {
        TestPlugin.Compile(_directory["a.plugin"]);
        RecordingLog log = new();
        PluginService plugins = new(new PluginLoader(new LinuxFileOperations(), log).Load(_directory.Path), log);
        SandboxScope scope = new() { HasPlugins = true, AllowedPaths = ["/dev/null"] };
        using CagedThread cage = new(scope);
        TeeResult[] results = [];
        cage.Run(() =>
        {
            // The server's threads are started here, and so are caged.
            using ServerFixture fixture = new([plugins]);
            results = [.. Enumerable.Range(0, 50).Select(_ => CallPlugin(fixture))];
        });
        await Assert.That(results.All(static result => result == TeeResult.Success)).IsTrue();
        await Assert.That(cage.Refused).IsEmpty();
    }

    [Test]
    public async Task The_watch_notices_a_call_that_is_not_on_the_list()
    {
        using CagedThread cage = new(new SandboxScope());
        cage.Run(() => Directory.SetCurrentDirectory(Directory.GetCurrentDirectory()));
        await Assert.That(cage.Refused.Length).IsGreaterThan(0);
    }

    private static TeeResult CallPlugin(ServerFixture fixture)
    {
        FakeMemory memory = fixture.World.Allocate(4096)!;
        FakeRequest request = fixture.World.Call(
            RpcFunction.Plugin,
            FakeSecureWorld.ValueInput(0, 0x66FC7BF0, 0x154A8C95),
            FakeSecureWorld.ValueInput(0x0E26C099, 0xDD75734E),
            FakeSecureWorld.ValueInOut(1),
            FakeSecureWorld.MemoryInOut(memory, 16));
        TeeResult freed = fixture.World.Free(memory);
        return freed == TeeResult.Success ? request.Result : freed;
    }

    /// <summary>All eleven operations, and the removal of the index.</summary>
    private static void Exercise(StorageFixture storage)
    {
        ulong handle = storage.MustCreate("/ab/cd");
        Require(storage.Write(handle, 0, Encoding.UTF8.GetBytes(new string('x', 9000))));
        Require(storage.Read(handle, 0, 9000).Result);
        Require(storage.Truncate(handle, 5));
        Require(storage.Close(handle));
        Require(storage.Close(storage.MustOpen("/ab/cd")));
        Require(storage.Rename("/ab/cd", "/ab/ef", replace: false));
        Require(storage.Close(storage.MustCreate("/ab/gh")));
        Require(storage.Rename("/ab/gh", "/ab/ef", replace: true));
        ulong directory = storage.OpenDirectory("/ab").Handle;
        Require(storage.ReadDirectory(directory).Result);
        Require(storage.Call(0, StorageFixture.Value(FileSystemOperation.CloseDirectory, directory)).Result);
        Require(storage.Remove("/ab/ef"));
        Require(storage.Close(storage.MustCreate("/dirf.db")));
        Require(storage.Remove("/dirf.db"));
    }

    private static void Require(TeeResult result)
    {
        if (result != TeeResult.Success)
        {
            throw new InvalidOperationException($"{result}");
        }
    }
}
