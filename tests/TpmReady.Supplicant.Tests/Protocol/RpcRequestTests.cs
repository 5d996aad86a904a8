// SPDX-License-Identifier: MIT

using System.Threading.Tasks;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;

namespace TpmReady.Supplicant.Tests.Protocol;

/// <summary>Parameters and memory references of a request, as a hostile secure world could send them.</summary>
public sealed class RpcRequestTests
{
    private const ulong Input = (ulong)TeeParameterType.MemoryInput;

    [Test]
    [Arguments(0UL, 4096UL, MemoryState.Valid, 4096)]
    [Arguments(4096UL, 0UL, MemoryState.Valid, 0)]
    [Arguments(1UL, 4096UL, MemoryState.OutOfBounds, 0)]
    [Arguments(4097UL, 0UL, MemoryState.OutOfBounds, 0)]
    [Arguments(ulong.MaxValue, 2UL, MemoryState.OutOfBounds, 0)]
    [Arguments(8UL, ulong.MaxValue, MemoryState.OutOfBounds, 0)]
    public async Task A_reference_must_lie_inside_its_object(ulong offset, ulong size, MemoryState state, int length)
    {
        using var memory = new OneObjectMemory(id: 5, length: 4096);
        (MemoryState actual, int actualLength) = Resolve(memory, new() { Attributes = Input, A = offset, B = size, C = 5 });

        await Assert.That(actual).IsEqualTo(state);
        await Assert.That(actualLength).IsEqualTo(length);
        await Assert.That(memory.Pinned).IsEqualTo(0);
    }

    [Test]
    [Arguments(6UL)]
    [Arguments(TeeParameter.NoMemory)]
    [Arguments(0x1_0000_0005UL)]
    public async Task An_unknown_id_is_no_buffer_even_when_its_low_half_matches(ulong id)
    {
        using var memory = new OneObjectMemory(id: 5, length: 4096);
        (MemoryState actual, _) = Resolve(memory, new() { Attributes = Input, B = 16, C = id });

        await Assert.That(actual).IsEqualTo(MemoryState.Null);
    }

    [Test]
    public async Task Types_match_only_exactly()
    {
        using var memory = new OneObjectMemory(id: 5, length: 16);

        await Assert.That(Matches(memory, Input)).IsTrue();
        await Assert.That(Matches(memory, Input | TeeParameter.Meta)).IsFalse();
        await Assert.That(Matches(memory, Input | 0x1_0000_0000)).IsFalse();
        await Assert.That(Matches(memory, (ulong)TeeParameterType.MemoryOutput)).IsFalse();
        await Assert.That(Matches(memory)).IsFalse();
    }

    private static (MemoryState State, int Length) Resolve(OneObjectMemory memory, TeeParameter parameter)
    {
        RpcRequest request = new(RpcFunction.FileSystem, 0, new[] { parameter }, memory);
        try
        {
            MemoryReference reference = request.GetMemory(0);
            return (reference.State, reference.Bytes.Length);
        }
        finally
        {
            request.Dispose();
        }
    }

    private static bool Matches(OneObjectMemory memory, params ulong[] attributes)
    {
        var parameters = new TeeParameter[attributes.Length];
        for (int i = 0; i < attributes.Length; i++)
        {
            parameters[i].Attributes = attributes[i];
        }

        return new RpcRequest(RpcFunction.FileSystem, 0, parameters, memory).HasTypes(TeeParameterType.MemoryInput);
    }
}
