// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Profiling;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Supplicant.Tests.Protocol;
using TpmReady.Supplicant.Tests.Storage;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Profiling;

/// <summary>Profiles: the C supplicant's names and numbers, in files that nobody else can turn elsewhere.</summary>
public sealed class ProfileTests : IDisposable
{
    private const ulong MemoryId = 5;
    private const string Uuid = "f07bfc66-958c-4a15-99c0-260e4e7375dd";

    // The UUID as OP-TEE's TEE_UUID lies in memory.
    private static readonly byte[] UuidBytes = Convert.FromHexString("66FC7BF08C95154A99C0260E4E7375DD");

    private readonly TemporaryDirectory _directory = new();
    private readonly OneObjectMemory _memory = new(MemoryId, 4096);
    private readonly FaultyFiles _system = new();
    private readonly RecordingLog _log = new();
    private ProfileService _gprof;
    private ProfileFiles _files;

    public ProfileTests() => _gprof = Restart(new ProfileLimits());

    [Test]
    public async Task Files_are_named_and_numbered_as_the_C_supplicant_does()
    {
        await Assert.That(Write(0, "first")).IsEqualTo((TeeResult.Success, 1UL));
        await Assert.That(Write(0, "second")).IsEqualTo((TeeResult.Success, 2UL));
        await Assert.That(Write(1, ", more")).IsEqualTo((TeeResult.Success, 1UL));
        await Assert.That(Write(2, "")).IsEqualTo((TeeResult.Success, 2UL));
        await Assert.That(Read($"gmon-{Uuid}.out")).IsEqualTo("first, more");
        await Assert.That(Read($"gmon-{Uuid}.1.out")).IsEqualTo("second");

        ProfileService ftrace = new(ProfileKind.Ftrace, _files);
        await Assert.That(Write(0, "trace", ftrace)).IsEqualTo((TeeResult.Success, 1UL));
        await Assert.That(Read($"ftrace-{Uuid}.out")).IsEqualTo("trace");
        await Assert.That(_gprof.Function).IsEqualTo(RpcFunction.Gprof);
        await Assert.That(ftrace.Function).IsEqualTo(RpcFunction.Ftrace);
    }

    [Test]
    public async Task Nobody_else_can_read_a_profile()
    {
        _ = Write(0, "secret");
        await Assert.That(File.GetUnixFileMode(_directory[$"gmon-{Uuid}.out"]))
            .IsEqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Test]
    public async Task What_is_there_is_never_written_over()
    {
        await File.WriteAllTextAsync(_directory[$"gmon-{Uuid}.out"], "somebody else's");
        File.CreateSymbolicLink(_directory[$"gmon-{Uuid}.1.out"], _directory["dangling"]);
        await Assert.That(Write(0, "ours")).IsEqualTo((TeeResult.Success, 3UL));
        await Assert.That(Read($"gmon-{Uuid}.out")).IsEqualTo("somebody else's");
        await Assert.That(File.Exists(_directory["dangling"])).IsFalse();
        await Assert.That(Read($"gmon-{Uuid}.2.out")).IsEqualTo("ours");
    }

    [Test]
    public async Task A_symbolic_link_is_not_followed()
    {
        string victim = _directory["victim"];
        await File.WriteAllTextAsync(victim, "as it was");

        // All else would fit: it is a plain file of ours, open to nobody else.
        File.SetUnixFileMode(victim, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.CreateSymbolicLink(_directory[$"gmon-{Uuid}.out"], victim);
        await Assert.That(Write(1, "attack").Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(Read("victim")).IsEqualTo("as it was");
    }

    [Test]
    public async Task A_hard_link_is_not_added_to()
    {
        _ = Write(0, "ours");
        await Assert.That(HardLink(_directory[$"gmon-{Uuid}.out"], _directory["second-name"])).IsEqualTo(0);
        await Assert.That(Write(1, "attack").Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(Read("second-name")).IsEqualTo("ours");
    }

    [Test]
    [Arguments(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite)]
    [Arguments(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead)]
    public async Task A_file_that_others_can_open_is_not_ours(UnixFileMode mode)
    {
        _ = Write(0, "ours");
        File.SetUnixFileMode(_directory[$"gmon-{Uuid}.out"], mode);
        await Assert.That(Write(1, "attack").Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(Read($"gmon-{Uuid}.out")).IsEqualTo("ours");
    }

    [Test]
    public async Task Neither_a_pipe_nor_a_directory_holds_a_thread()
    {
        await Assert.That(MakePipe(_directory[$"gmon-{Uuid}.out"])).IsEqualTo(0);
        Directory.CreateDirectory(_directory[$"gmon-{Uuid}.1.out"]);
        await Assert.That(Write(1, "attack").Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(Write(2, "attack").Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(Write(3, "not there").Result).IsEqualTo(TeeResult.Generic);
    }

    [Test]
    public async Task There_are_at_most_a_hundred_of_one_TA()
    {
        for (ulong number = 1; number <= 100; number++)
        {
            await Assert.That(Write(0, "x")).IsEqualTo((TeeResult.Success, number));
        }

        await Assert.That(Write(0, "x").Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(Write(100, "y").Result).IsEqualTo(TeeResult.Success);
        await Assert.That(Read($"gmon-{Uuid}.99.out")).IsEqualTo("xy");
        await Assert.That(Write(101, "x").Result).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Write(ulong.MaxValue, "x").Result).IsEqualTo(TeeResult.BadParameters);
    }

    [Test]
    public async Task Size_and_number_are_bounded()
    {
        Restart(new ProfileLimits { MaximumFileSize = 8, MaximumFiles = 3, MaximumTotal = 20 });
        await Assert.That(Write(0, "123456789").Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(Write(0, "1234567")).IsEqualTo((TeeResult.Success, 1UL));
        await Assert.That(Write(1, "89").Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(Write(1, "8").Result).IsEqualTo(TeeResult.Success);
        await Assert.That(Write(0, "12345678")).IsEqualTo((TeeResult.Success, 2UL));
        await Assert.That(Write(0, "12345").Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(Write(0, "1234")).IsEqualTo((TeeResult.Success, 3UL));
        await Assert.That(Directory.GetFiles(_directory.Path).Length).IsEqualTo(3);

        // Those of an earlier run count.
        Restart(new ProfileLimits { MaximumFiles = 3 });
        await Assert.That(Write(0, "x").Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(_log.ToString()).Contains("one too many");
    }

    [Test]
    public async Task Hostile_shapes_are_answered()
    {
        TeeParameter number = FakeSecureWorld.ValueInOut();
        TeeParameter uuid = Reference(0, 16);
        TeeParameter data = Reference(16, 4);
        TeeParameter none = FakeSecureWorld.MemoryInput(null, 4);

        await Assert.That(Call(_gprof).Result).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Call(_gprof, number, uuid).Result).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Call(_gprof, number, data, data).Result).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Call(_gprof, number, none, data).Result).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Call(_gprof, number, uuid, none).Result).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Call(_gprof, number, uuid, Reference(16, 4096)).Result).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Directory.GetFiles(_directory.Path)).IsEmpty();
        await Assert.That(_memory.Pinned).IsEqualTo(0);
    }

    [Test]
    public async Task A_disk_that_is_full_leaves_no_empty_file()
    {
        _system.Fail(nameof(IFileOperations.Write), Errno.ENOSPC);
        await Assert.That(Write(0, "x")).IsEqualTo((TeeResult.Generic, 0UL));
        await Assert.That(Directory.GetFiles(_directory.Path)).IsEmpty();
    }

    [Test]
    public async Task A_profile_costs_no_more_calls_than_it_must()
    {
        _ = Write(0, "the first one also counts what is there");
        _system.ResetCounts();
        string[] calls =
            [nameof(_system.Open), nameof(_system.GetStatus), nameof(_system.Write), nameof(_system.Close)];
        _ = Write(0, "another TA's would be the first try, this is the second");
        await Assert.That(string.Join(" ", calls.Select(_system.Count))).IsEqualTo("2 0 1 1");
        _system.ResetCounts();
        _ = Write(1, "more");
        await Assert.That(string.Join(" ", calls.Select(_system.Count))).IsEqualTo("1 1 1 1");
        await Assert.That(_system.OpenDescriptors).IsEqualTo(0);
    }

    [Test]
    public async Task The_first_profile_allocates_nothing()
    {
        UuidBytes.CopyTo(_memory.Bytes);
        TeeParameter[] parameters = [FakeSecureWorld.ValueInOut(), Reference(0, 16), Reference(16, 8)];
        long allocated = 0;
        for (int round = 0; round < 3; round++)
        {
            ProfileService service = Restart(new ProfileLimits());
            parameters[0].A = 0;
            long before = GC.GetAllocatedBytesForCurrentThread();
            RpcRequest request = new(service.Function, 0, parameters, _memory);
            _ = service.Invoke(ref request);
            request.Dispose();
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        await Assert.That(parameters[0].A).IsEqualTo(3UL);
        await Assert.That(allocated).IsEqualTo(0);
    }

    public void Dispose()
    {
        _memory.Dispose();
        _directory.Dispose();
    }

    private static unsafe int HardLink(string from, string to)
    {
        fixed (byte* source = Encoding.UTF8.GetBytes(from + '\0'), target = Encoding.UTF8.GetBytes(to + '\0'))
        {
            return new LinuxFileOperations().Link(Libc.AT_FDCWD, source, Libc.AT_FDCWD, target);
        }
    }

    private static unsafe int MakePipe(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return TestLibc.MakePipe(name, 0x180);
        }
    }

    private static TeeParameter Reference(ulong offset, ulong size) =>
        new() { Attributes = (ulong)TeeParameterType.MemoryInput, A = offset, B = size, C = MemoryId };

    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_files))]
    private ProfileService Restart(ProfileLimits limits)
    {
        _files = new ProfileFiles(_directory.Path, _system, limits, _log);
        return _gprof = new ProfileService(ProfileKind.Gprof, _files);
    }

    private string Read(string name) => File.ReadAllText(_directory[name]);

    private (TeeResult Result, ulong Number) Write(ulong number, string text, ProfileService? service = null)
    {
        byte[] data = Encoding.UTF8.GetBytes(text);
        UuidBytes.CopyTo(_memory.Bytes);
        data.CopyTo(_memory.Bytes[16..]);
        (TeeResult result, TeeParameter[] parameters) = Call(
            service ?? _gprof,
            FakeSecureWorld.ValueInOut(number),
            Reference(0, 16),
            Reference(16, (ulong)data.Length));
        return (result, parameters[0].A);
    }

    private (TeeResult Result, TeeParameter[] Parameters) Call(ProfileService service, params TeeParameter[] parameters)
    {
        RpcRequest request = new(service.Function, 0, parameters, _memory);
        TeeResult result = service.Invoke(ref request);
        request.Dispose();
        return (result, parameters);
    }
}
