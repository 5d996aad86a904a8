// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Linux.Files;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Plugins;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Supplicant.Tests.Protocol;
using TpmReady.Supplicant.Tests.Storage;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Plugins;

/// <summary>Plug-ins written in C: which are loaded, and how they are called.</summary>
public sealed class PluginTests : IDisposable
{
    private const string OtherUuid = "{ 1, 2, 3, { 4 } }";
    private const ulong MemoryId = 4;

    private readonly TemporaryDirectory _directory = new();
    private readonly OneObjectMemory _memory = new(MemoryId, 64);
    private readonly RecordingLog _log = new(LogLevel.Debug);

    public void Dispose()
    {
        _directory.Dispose();
        _memory.Dispose();
    }

    [Test]
    public async Task A_plug_in_works_in_place_and_returns_its_length()
    {
        TestPlugin.Compile(_directory["a.plugin"]);
        PluginService service = new(Load(), _log);
        _memory.Bytes.Fill(5);

        (TeeResult result, ulong written) = Call(service, command: 7, subCommand: 3, Memory(16));
        await Assert.That(result).IsEqualTo(TeeResult.Success);
        await Assert.That(written).IsEqualTo(16UL);
        await Assert.That(_memory.Bytes[..16].IndexOfAnyExcept((byte)8)).IsEqualTo(-1);
        await Assert.That(_memory.Bytes[16]).IsEqualTo((byte)5);
        await Assert.That(_memory.Pinned).IsEqualTo(0);
    }

    [Test]
    public async Task A_call_without_data_reaches_the_plug_in()
    {
        TestPlugin.Compile(_directory["a.plugin"]);
        PluginService service = new(Load(), _log);
        TeeParameter none = Memory(0) with { C = TeeParameter.NoMemory };

        await Assert.That(Call(service, 0, 0, none)).IsEqualTo((TeeResult.Success, 0UL));
        await Assert.That(Call(service, 0, 0, none with { B = 1 })).IsEqualTo((TeeResult.BadParameters, 99UL));
        await Assert.That(Call(service, 0, 0, Memory(65))).IsEqualTo((TeeResult.BadParameters, 99UL));
    }

    [Test]
    public async Task The_plug_in_s_result_and_length_are_passed_on_even_when_it_fails()
    {
        TestPlugin.Compile(_directory["a.plugin"]);
        PluginService service = new(Load(), _log);

        await Assert.That(Call(service, 1, 0, Memory(8))).IsEqualTo((TeeResult.BadParameters, 3UL));
        await Assert.That(Call(service, 2, 0, Memory(8))).IsEqualTo((TeeResult.Success, 9UL));
        await Assert.That(_log.Count(LogLevel.Warning)).IsEqualTo(1);
    }

    [Test]
    public async Task Unknown_plug_ins_and_operations_are_told_apart()
    {
        TestPlugin.Compile(_directory["a.plugin"], OtherUuid);
        PluginService service = new(Load(), _log);

        await Assert.That(Call(service, 0, 0, Memory(8)).Result).IsEqualTo(TeeResult.ItemNotFound);
        await Assert.That(Call(service, 0, 0, Memory(8), operation: 1).Result).IsEqualTo(TeeResult.NotSupported);
        await Assert.That(Call(new PluginService([], _log), 0, 0, Memory(8)).Result).IsEqualTo(TeeResult.ItemNotFound);
    }

    [Test]
    public async Task Bad_plug_ins_are_left_out_and_the_others_loaded()
    {
        File.WriteAllText(_directory["0-text"], "no shared object");
        TestPlugin.Compile(_directory["1-init.plugin"], OtherUuid, init: "0xffff0000");
        TestPlugin.Compile(_directory["2-symbol.plugin"], OtherUuid, symbol: "another_symbol");
        TestFiles.MakeFifo(_directory["3-fifo"]);
        TestPlugin.Compile(_directory["4-good.plugin"]);
        Directory.CreateDirectory(_directory["5-directory"]);

        IReadOnlyList<Plugin> plugins = Load();
        await Assert.That(plugins.Count).IsEqualTo(1);
        await Assert.That(plugins[0].Uuid).IsEqualTo(Guid.Parse("f07bfc66-958c-4a15-99c0-260e4e7375dd"));
        await Assert.That(plugins[0].Name).IsEqualTo("adder");
        await Assert.That(_log.ToString()).Contains("init function failed with 0xffff0000");
        await Assert.That(_log.Count(LogLevel.Warning) + _log.Count(LogLevel.Error)).IsEqualTo(5);
    }

    [Test]
    public async Task Of_two_with_one_UUID_the_last_by_name_is_used()
    {
        TestPlugin.Compile(_directory["b.plugin"], name: "\"second\"");
        TestPlugin.Compile(_directory["a.plugin"], name: "\"first\"");
        IReadOnlyList<Plugin> plugins = Load();

        await Assert.That(plugins.Select(static plugin => plugin.Name)).IsEquivalentTo(["second"]);
        await Assert.That(_log.ToString()).Contains("have the same UUID");
    }

    [Test]
    public async Task What_others_can_change_is_not_loaded()
    {
        TestPlugin.Compile(_directory["a.plugin"]);
        File.SetUnixFileMode(_directory["a.plugin"], (UnixFileMode)0x1b6);
        await Assert.That(Load()).IsEmpty();
        await Assert.That(Load(checks: false).Count).IsEqualTo(1);

        File.SetUnixFileMode(_directory["a.plugin"], (UnixFileMode)0x180);
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0x1ff);
        await Assert.That(Load()).IsEmpty();
        await Assert.That(_log.Count(LogLevel.Error)).IsEqualTo(2);
    }

    [Test]
    public async Task With_an_allow_list_nothing_else_is_even_opened()
    {
        const string allowed = "f07bfc66-958c-4a15-99c0-260e4e7375dd";
        const string liar = "00000000-0000-0000-0000-000000000001";
        TestPlugin.Compile(_directory[$"{allowed}.plugin"]);
        TestPlugin.Compile(_directory["00000000-0000-0000-0000-000000000002.plugin"], OtherUuid);
        TestPlugin.Compile(_directory[$"{liar}.plugin"], OtherUuid);
        File.WriteAllText(_directory["other.plugin"], "not even looked at");
        PluginLoader loader = new(new LinuxFileOperations(), _log)
        {
            Allowed = new HashSet<Guid> { Guid.Parse(allowed), Guid.Parse(liar) },
        };

        IReadOnlyList<Plugin> plugins = loader.Load(_directory.Path);
        await Assert.That(plugins.Select(static plugin => plugin.Uuid)).IsEquivalentTo([Guid.Parse(allowed)]);
        await Assert.That(_log.ToString()).Contains("other.plugin is not loaded: --plugin-allow does not name it.");
        await Assert.That(_log.ToString()).Contains($"{liar}.plugin is not used");
        await Assert.That(_log.Count(LogLevel.Warning)).IsEqualTo(0);
    }

    [Test]
    public async Task A_link_to_a_plug_in_is_one()
    {
        Directory.CreateDirectory(_directory["links"]);
        TestPlugin.Compile(_directory["target"]);
        File.CreateSymbolicLink(_directory["links/a.plugin"], _directory["target"]);

        await Assert.That(Load("links").Count).IsEqualTo(1);
        await Assert.That(Load("missing")).IsEmpty();
        await Assert.That(_log.Count(LogLevel.Warning)).IsEqualTo(0);
    }

    [Test]
    public async Task Calling_allocates_nothing()
    {
        TestPlugin.Compile(_directory["a.plugin"]);
        PluginService service = new(Load(), _log);
        TeeParameter[] parameters = Parameters(0, 1, Memory(16), 0);
        long allocated = 0;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 500; i++)
            {
                Serve(service, parameters);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        await Assert.That(parameters[2].B).IsEqualTo(16UL);
        await Assert.That(allocated).IsEqualTo(0);
    }

    private IReadOnlyList<Plugin> Load(string directory = "", bool checks = true) =>
        new PluginLoader(new LinuxFileOperations(), _log) { ChecksOwner = checks }.Load(_directory[directory]);

    private (TeeResult Result, ulong Written) Call(
        PluginService service, ulong command, ulong subCommand, TeeParameter memory, ulong operation = 0)
    {
        TeeParameter[] parameters = Parameters(command, subCommand, memory, operation);
        return (Serve(service, parameters), parameters[2].B);
    }

    private TeeResult Serve(PluginService service, TeeParameter[] parameters)
    {
        RpcRequest request = new(RpcFunction.Plugin, 0, parameters, _memory);
        TeeResult result = service.Invoke(ref request);
        request.Dispose();
        return result;
    }

    // The words of f07bfc66-958c-4a15-99c0-260e4e7375dd as OP-TEE sends them.
    private static TeeParameter[] Parameters(ulong command, ulong subCommand, TeeParameter memory, ulong operation) =>
    [
        FakeSecureWorld.ValueInput(operation, 0x66FC7BF0, 0x154A8C95),
        FakeSecureWorld.ValueInput(0x0E26C099, 0xDD75734E, command),
        FakeSecureWorld.ValueInOut(subCommand, 99),
        memory,
    ];

    private static TeeParameter Memory(ulong size) =>
        new() { Attributes = (ulong)TeeParameterType.MemoryInOut, B = size, C = MemoryId };
}
