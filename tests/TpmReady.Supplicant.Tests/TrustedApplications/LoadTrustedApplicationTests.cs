// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Supplicant.Tests.Protocol;
using TpmReady.Supplicant.Tests.Storage;
using TpmReady.Supplicant.TrustedApplications;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.TrustedApplications;

/// <summary>The two calls that load a TA.</summary>
public sealed class LoadTrustedApplicationTests : IDisposable
{
    // f07bfc66-958c-4a15-99c0-260e4e7375dd as OP-TEE puts it into two 64-bit values.
    private const ulong UuidA = 0x154A8C9566FC7BF0;
    private const ulong UuidB = 0xDD75734E0E26C099;
    private const string Name = "f07bfc66-958c-4a15-99c0-260e4e7375dd.ta";
    private const string OldName = "f07bfc66-958c-4a15-99c0260e4e7375dd.ta";
    private const ulong MemoryId = 9;

    private readonly TemporaryDirectory _directory = new();
    private readonly OneObjectMemory _memory = new(MemoryId, 100_000);
    private readonly FaultyFiles _files = new();
    private readonly RecordingLog _log = new();
    private readonly LoadTrustedApplicationService _service;

    public LoadTrustedApplicationTests()
    {
        Directory.CreateDirectory(_directory["one"]);
        Directory.CreateDirectory(_directory["two"]);
        _service = new LoadTrustedApplicationService(
            new TrustedApplicationDirectories([_directory["one"], _directory["missing"], _directory["two"]]),
            _files,
            _log);
    }

    public void Dispose()
    {
        _directory.Dispose();
        _memory.Dispose();
    }

    [Test]
    public async Task A_TA_is_measured_and_then_loaded_with_one_open()
    {
        byte[] content = Put("two", Name, 5000);

        await Assert.That(Measure()).IsEqualTo((TeeResult.Success, 5000UL));
        await Assert.That(Load(5000)).IsEqualTo((TeeResult.Success, 5000UL));
        await Assert.That(_memory.Bytes[..5000].SequenceEqual(content)).IsTrue();
        await Assert.That(_memory.Bytes[5000]).IsEqualTo((byte)0xee);
        await Assert.That(_files.OpenDescriptors).IsEqualTo(0);
        await Assert.That(_files.Count("AdviseWillNeed")).IsEqualTo(1);
        await Assert.That(_files.Count("Read")).IsEqualTo(1);
    }

    [Test]
    public async Task A_larger_buffer_is_filled_from_its_start_and_a_smaller_one_not_at_all()
    {
        Put("one", Name, 3000);
        Measure();
        await Assert.That(Load(2999)).IsEqualTo((TeeResult.ShortBuffer, 3000UL));
        await Assert.That(_memory.Bytes.IndexOfAnyExcept((byte)0xee)).IsEqualTo(-1);
        await Assert.That(Load(4096)).IsEqualTo((TeeResult.Success, 3000UL));
        await Assert.That(_files.OpenDescriptors).IsEqualTo(0);
    }

    [Test]
    public async Task The_first_directory_wins_and_the_old_name_counts()
    {
        Put("two", OldName, 20);
        await Assert.That(Measure()).IsEqualTo((TeeResult.Success, 20UL));
        Put("two", Name, 30);
        await Assert.That(Measure()).IsEqualTo((TeeResult.Success, 30UL));
        Put("one", OldName, 40);
        await Assert.That(Measure()).IsEqualTo((TeeResult.Success, 40UL));
    }

    [Test]
    public async Task What_is_no_regular_file_is_passed_over()
    {
        Directory.CreateDirectory(Path.Combine(_directory["one"], Name));
        TestFiles.MakeFifo(Path.Combine(_directory["one"], OldName));
        await Assert.That(Measure().Result).IsEqualTo(TeeResult.ItemNotFound);
        Put("two", Name, 10);
        await Assert.That(Measure()).IsEqualTo((TeeResult.Success, 10UL));
    }

    [Test]
    public async Task Links_are_followed()
    {
        Put("two", "elsewhere", 10);
        File.CreateSymbolicLink(Path.Combine(_directory["one"], Name), Path.Combine(_directory["two"], "elsewhere"));
        await Assert.That(Measure()).IsEqualTo((TeeResult.Success, 10UL));
    }

    [Test]
    public async Task A_missing_TA_leaves_the_size_and_no_error_in_the_log()
    {
        await Assert.That(Call(Null() with { B = 7 })).IsEqualTo((TeeResult.ItemNotFound, 7UL));
        await Assert.That(_log.Count(LogLevel.Error)).IsEqualTo(0);
    }

    [Test]
    public async Task A_TA_that_is_replaced_between_the_calls_is_loaded_as_it_was_measured()
    {
        byte[] first = Put("one", Name, 1000);
        Measure();
        File.Delete(Path.Combine(_directory["one"], Name));
        Put("one", Name, 500, fill: 77);

        await Assert.That(Load(1000)).IsEqualTo((TeeResult.Success, 1000UL));
        await Assert.That(_memory.Bytes[..1000].SequenceEqual(first)).IsTrue();
        await Assert.That(Measure()).IsEqualTo((TeeResult.Success, 500UL));
    }

    [Test]
    public async Task A_new_measurement_sees_the_file_of_now()
    {
        Put("one", Name, 1000);
        Measure();
        File.Delete(Path.Combine(_directory["one"], Name));
        Put("one", Name, 1000, fill: 77);
        Measure();

        await Assert.That(Load(1000)).IsEqualTo((TeeResult.Success, 1000UL));
        await Assert.That(_memory.Bytes[..1000].IndexOfAnyExcept((byte)77)).IsEqualTo(-1);
        await Assert.That(_files.OpenDescriptors).IsEqualTo(0);
    }

    [Test]
    [Arguments(999, TeeResult.ItemNotFound, 1000UL)]
    [Arguments(1001, TeeResult.ShortBuffer, 1001UL)]
    [Arguments(0, TeeResult.ItemNotFound, 1000UL)]
    public async Task A_TA_that_changes_while_it_is_read_is_never_half_a_success(
        int length, TeeResult result, ulong size)
    {
        string path = Path.Combine(_directory["one"], Name);
        Put("one", Name, 1000);
        Measure();
        _files.Before = call =>
        {
            if (call is "Read")
            {
                using FileStream file = File.OpenWrite(path);
                file.SetLength(length);
            }
        };

        await Assert.That(Load(1000)).IsEqualTo((result, size));
        await Assert.That(_files.OpenDescriptors).IsEqualTo(0);
    }

    [Test]
    public async Task A_file_that_cannot_be_read_is_not_found_and_a_lack_of_descriptors_is_not()
    {
        Put("one", Name, 10);
        _files.Fail("Read", Errno.EIO);
        await Assert.That(Load(10).Result).IsEqualTo(TeeResult.ItemNotFound);
        _files.Fail("Open", Errno.EMFILE);
        await Assert.That(Load(10).Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(_log.Count(LogLevel.Error)).IsEqualTo(2);
    }

    [Test]
    public async Task Requests_of_a_wrong_shape_are_refused()
    {
        TeeParameter value = FakeSecureWorld.ValueInput(UuidA, UuidB);
        await Assert.That(Call([])).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Call([value])).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Call([value, value])).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Call([value, Memory(10), value])).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Call([value, Memory(10) with { A = 100_000 }])).IsEqualTo(TeeResult.BadParameters);
    }

    [Test]
    public async Task Loads_that_never_end_keep_few_files_open()
    {
        for (int i = 0; i < 3 * OpenedApplications.Capacity; i++)
        {
            Guid uuid = Guid.NewGuid();
            File.WriteAllBytes(Path.Combine(_directory["one"], uuid + ".ta"), [1]);
            ulong[] words = Words(uuid);
            TeeResult result = Call([FakeSecureWorld.ValueInput(words[0], words[1]), Null()]);
            await Assert.That(result).IsEqualTo(TeeResult.Success);
        }

        await Assert.That(_files.OpenDescriptors).IsEqualTo(OpenedApplications.Capacity);
    }

    [Test]
    public async Task A_client_that_is_gone_leaves_no_file_open()
    {
        Put("one", Name, 10);
        Measure();
        RevokeMeasurement();
        await Assert.That(_files.OpenDescriptors).IsEqualTo(0);
    }

    [Test]
    public async Task Loading_allocates_nothing()
    {
        Put("one", Name, 5000);
        TeeParameter[] measure = [FakeSecureWorld.ValueInput(UuidA, UuidB), Null()];
        TeeParameter[] load = [FakeSecureWorld.ValueInput(UuidA, UuidB), Memory(5000)];
        LoadTrustedApplicationService service =
            new(new TrustedApplicationDirectories([_directory["one"]]), new Linux.Files.LinuxFileOperations(), _log);
        long allocated = 0;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++)
            {
                Serve(service, measure);
                Serve(service, load);
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        await Assert.That(load[1].B).IsEqualTo(5000UL);
        await Assert.That(allocated).IsEqualTo(0);
    }

    private byte[] Put(string directory, string name, int length, byte? fill = null)
    {
        byte[] content = [.. Enumerable.Range(0, length).Select(i => fill ?? (byte)(i % 251))];
        File.WriteAllBytes(Path.Combine(_directory[directory], name), content);
        return content;
    }

    private (TeeResult Result, ulong Size) Measure() => Call(Null());

    private (TeeResult Result, ulong Size) Load(ulong room)
    {
        _memory.Bytes.Fill(0xee);
        return Call(Memory(room));
    }

    private (TeeResult Result, ulong Size) Call(TeeParameter memory)
    {
        TeeParameter[] parameters = [FakeSecureWorld.ValueInput(UuidA, UuidB), memory];
        return (Call(parameters), parameters[1].B);
    }

    private TeeResult Call(TeeParameter[] parameters) => Serve(_service, parameters);

    private TeeResult Serve(LoadTrustedApplicationService service, TeeParameter[] parameters)
    {
        RpcRequest request = new(RpcFunction.LoadTrustedApplication, 0, parameters, _memory);
        TeeResult result = service.Invoke(ref request);
        request.Dispose();
        return result;
    }

    private void RevokeMeasurement()
    {
        RpcRequest request = new(
            RpcFunction.LoadTrustedApplication, 0, new[] { FakeSecureWorld.ValueInput(UuidA, UuidB), Null() }, _memory);
        _service.Undo(ref request);
        request.Dispose();
    }

    private static TeeParameter Memory(ulong room) =>
        new() { Attributes = (ulong)TeeParameterType.MemoryOutput, B = room, C = MemoryId };

    private static TeeParameter Null() => Memory(0) with { C = TeeParameter.NoMemory };

    private static ulong[] Words(Guid uuid)
    {
        byte[] octets = uuid.ToByteArray(bigEndian: true);
        IEnumerable<ulong> words = octets.Chunk(8).Select(static half => BitConverter.ToUInt64(half));
        return [.. words];
    }
}
