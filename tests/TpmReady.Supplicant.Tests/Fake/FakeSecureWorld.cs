// SPDX-License-Identifier: MIT

using System;
using System.Text;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>What OP-TEE asks of a supplicant, in the words of a test.</summary>
internal sealed class FakeSecureWorld(FakeKernel kernel)
{
    /// <summary>The size of the buffer in which OP-TEE sends a file name (TEE_FS_NAME_MAX).</summary>
    public const int NameSize = 350;

    /// <summary>The kernel between us and the supplicant.</summary>
    public FakeKernel Kernel => kernel;

    public static TeeParameter ValueInput(ulong a = 0, ulong b = 0, ulong c = 0) =>
        new() { Attributes = (ulong)TeeParameterType.ValueInput, A = a, B = b, C = c };

    public static TeeParameter ValueOutput() => new() { Attributes = (ulong)TeeParameterType.ValueOutput };

    public static TeeParameter ValueInOut(ulong a = 0, ulong b = 0, ulong c = 0) =>
        new() { Attributes = (ulong)TeeParameterType.ValueInOut, A = a, B = b, C = c };

    public static TeeParameter MemoryInput(FakeMemory? memory, ulong size, ulong offset = 0) =>
        Memory(TeeParameterType.MemoryInput, memory, size, offset);

    public static TeeParameter MemoryOutput(FakeMemory? memory, ulong size, ulong offset = 0) =>
        Memory(TeeParameterType.MemoryOutput, memory, size, offset);

    public static TeeParameter MemoryInOut(FakeMemory? memory, ulong size, ulong offset = 0) =>
        Memory(TeeParameterType.MemoryInOut, memory, size, offset);

    /// <summary>Asks and waits for the answer.</summary>
    public FakeRequest Call(RpcFunction function, params TeeParameter[] parameters) =>
        kernel.Submit(function, parameters).Wait();

    /// <summary>SHM_ALLOC, and what follows it: the id is looked up.</summary>
    /// <returns>Null if the supplicant refused, or if the id was not there.</returns>
    public FakeMemory? Allocate(ulong size)
    {
        FakeRequest request = Call(RpcFunction.SharedMemoryAllocate, ValueInOut(0, size));
        return request.Result == TeeResult.Success ? kernel.Take(request.Parameters[0].C) : null;
    }

    /// <summary>SHM_FREE; the reference is dropped first.</summary>
    public TeeResult Free(FakeMemory memory)
    {
        kernel.Drop(memory);
        return Call(RpcFunction.SharedMemoryFree, ValueInOut(0, (ulong)memory.Id)).Result;
    }

    /// <summary>Puts a file name into memory as OP-TEE does, and refers to it.</summary>
    public static TeeParameter Name(FakeMemory memory, string name, int offset = 0)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        Span<byte> target = memory.Bytes[offset..];
        bytes.CopyTo(target);
        target[bytes.Length] = 0;
        return MemoryInput(memory, NameSize, (ulong)offset);
    }

    /// <summary>A memory reference as the kernel passes it: without a buffer it is offset 0 and id -1.</summary>
    private static TeeParameter Memory(TeeParameterType type, FakeMemory? memory, ulong size, ulong offset) => new()
    {
        Attributes = (ulong)type,
        A = memory is null ? 0 : offset,
        B = size,
        C = memory is null ? TeeParameter.NoMemory : (ulong)memory.Id,
    };
}
