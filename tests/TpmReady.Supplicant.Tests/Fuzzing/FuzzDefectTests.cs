// SPDX-License-Identifier: MIT

using System;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Protocol;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>The fuzzer finds what is planted, and says with how few requests it happens again.</summary>
public sealed class FuzzDefectTests
{
    private const ulong Seed = 5;

    [Test]
    [Arguments(FuzzDefect.WritesBefore, RpcFunction.FileSystem, "was changed")]
    [Arguments(FuzzDefect.WritesBehind, RpcFunction.FileSystem, "was changed")]
    [Arguments(FuzzDefect.WritesInput, RpcFunction.FileSystem, "was changed")]
    [Arguments(FuzzDefect.WritesElsewhere, RpcFunction.Socket, "byte 99")]
    [Arguments(FuzzDefect.LeaksHandle, RpcFunction.FileSystem, "files are open")]
    [Arguments(FuzzDefect.LeaksDescriptor, RpcFunction.FileSystem, "descriptors are open")]
    [Arguments(FuzzDefect.LeaksPin, RpcFunction.FileSystem, "objects are pinned")]
    [Arguments(FuzzDefect.Allocates, RpcFunction.FileSystem, "managed memory")]
    [Arguments(FuzzDefect.Throws, RpcFunction.Rpmb, "exceptions were caught")]
    [Arguments(FuzzDefect.TakesStaleHandle, RpcFunction.FileSystem, "not open")]
    [Arguments(FuzzDefect.Escapes, RpcFunction.FileSystem, "outside of the store")]
    [Arguments(FuzzDefect.ChangesInput, RpcFunction.LoadTrustedApplication, "which is an input")]
    [Arguments(FuzzDefect.AnswersNonsense, RpcFunction.Gprof, "no such result")]
    [Arguments(FuzzDefect.ForgetsToUndo, RpcFunction.Socket, "sockets are in the table, not")]
    [Arguments(FuzzDefect.AnswersTwice, RpcFunction.Socket, "a second one")]
    [Arguments(FuzzDefect.Hangs, RpcFunction.Ftrace, "no answer")]
    internal async Task A_planted_defect_is_found(FuzzDefect defect, RpcFunction function, string message)
    {
        FuzzOptions options = new()
        {
            Requests = 20_000,
            Seed = Seed,
            HangLimit = TimeSpan.FromSeconds(defect == FuzzDefect.Hangs ? 3 : 60),
            Shape = seed => Plant(seed, defect, function),
        };
        FuzzFailure? failure = new Fuzzer(options).Run().Failures.SingleOrDefault();

        await Assert.That(failure?.What).IsNotNull().And.Contains(message);
        await Assert.That(failure!.Seed).IsEqualTo(Seed);
        if (defect != FuzzDefect.Hangs)
        {
            // No request too many: one less, and nothing is found.
            FuzzOptions shorter = options with { Requests = failure.Requests - 1 };
            await Assert.That(new Fuzzer(shorter).Run().Failures).IsEmpty();
            await Assert.That(new Fuzzer(options).Run().Failures[0].Requests).IsEqualTo(failure.Requests);
        }
    }

    [Test]
    public async Task A_byte_before_or_behind_shared_memory_cannot_be_touched()
    {
        int page = Environment.SystemPageSize;
        int file = Libc.MemfdCreate("fuzz-test", Libc.MFD_CLOEXEC);
        _ = Libc.Ftruncate(file, page);
        using FuzzMemory memory = new(id: 1, file, file, 0, page);
        (int Before, int First, int Last, int Behind) errors =
            (Touch(file, memory, -1), Touch(file, memory, 0), Touch(file, memory, page - 1), Touch(file, memory, page));
        _ = Libc.Close(file);

        await Assert.That(errors).IsEqualTo((Errno.EFAULT, 0, 0, Errno.EFAULT));
    }

    // The kernel looks at the byte, and says if it cannot; a process that looks itself ends.
    private static unsafe int Touch(int file, FuzzMemory memory, int offset) =>
        new LinuxFileOperations().Write(file, memory.Address + offset, 1, 0) is var result and < 0 ? (int)-result : 0;

    private static FuzzShape Plant(ulong seed, FuzzDefect defect, RpcFunction function) => new(seed)
    {
        WrapService = (world, service) =>
            service.Function == function ? new DefectiveService(world, service, defect) : service,
        WrapDevice = device => defect == FuzzDefect.AnswersTwice ? new RepeatingDevice(device) : device,
    };
}
