// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>
/// Makes requests as OP-TEE does, of what the secure world has at that moment, and then spoils some of them.
/// </summary>
internal sealed partial class FuzzGenerator(FuzzModel model)
{
    private const int FewObjects = 6;
    private const int ManyObjects = 40;
    private const int NameSize = 350;

    private static readonly ulong[] BufferSizes =
        [1, 16, 4096, 4096, 4096, 4097, 16384, 65536, 65537, 300_000, 1 << 20];

    // Reserved, removed, served by the kernel, or never heard of.
    private static readonly uint[] OtherFunctions =
        [3, 4, 5, 8, 13, 14, 20, 21, 22, 22, 23, 24, 25, 31, 32, 33, 255, int.MaxValue, 1u << 31, uint.MaxValue];

    private readonly FuzzRandom _random = new();
    private readonly byte[] _buffer = new byte[64 << 10];

    /// <summary>Makes the request of a number: the same for the same seed, number and model.</summary>
    public void Fill(FuzzExchange request, ulong seed, long number)
    {
        _random.Start(seed, number);
        if (model.Memory.Count < FewObjects)
        {
            Allocate(request, 4096);
        }
        else if (model.Memory.Count > ManyObjects)
        {
            Free(request);
        }
        else
        {
            Choose(request);
            request.IsHostile = _random.Percent(10);
            for (int left = _random.Percent(30) ? 1 + _random.Below(3) : 0; left > 0; left--)
            {
                Spoil(request);
            }
        }

        request.SendError = _random.Below(100) switch
        {
            < 4 => Errno.EBADF,
            < 6 => Errno.ENOENT,
            _ => Errno.Success,
        };

        // It costs a pause.
        request.IsInterrupted = _random.OneIn(30_000);
    }

    private void Choose(FuzzExchange request)
    {
        switch (_random.Below(100))
        {
            case < 8:
                Allocate(request, _random.Pick<ulong>(BufferSizes));
                break;
            case < 15:
                Free(request);
                break;
            case < 60:
                Store(request);
                break;
            case < 78:
                Connect(request);
                break;
            case < 84:
                Load(request);
                break;
            case < 90:
                Protect(request);
                break;
            case < 93:
                Plug(request);
                break;
            case < 97:
                Profile(request);
                break;
            default:
                AskOther(request);
                break;
        }
    }

    private void Allocate(FuzzExchange request, ulong size)
    {
        request.Begin(RpcFunction.SharedMemoryAllocate);
        request.Add(TeeParameterType.ValueInOut, 0, size);
    }

    private void Free(FuzzExchange request)
    {
        request.Begin(RpcFunction.SharedMemoryFree);
        bool isRight = !_random.OneIn(10);
        request.IsValid = isRight;
        request.Add(
            TeeParameterType.ValueInOut, 0, isRight ? (ulong)AnyMemory().Id : model.WrongMemory(_random));
    }

    private void AskOther(FuzzExchange request)
    {
        request.Begin((RpcFunction)_random.Pick<uint>(OtherFunctions));
        for (int left = _random.Below(5); left > 0; left--)
        {
            AddAny(request);
        }
    }

    private FuzzMemory AnyMemory() => model.Memory[_random.Below(model.Memory.Count)];

    /// <summary>
    /// A place for so many bytes, or for fewer if no object is so large. Often it ends with its object, where the guard
    /// notices the first byte too many, or begins with it.
    /// </summary>
    private FuzzMemory Place(ref int size, out int offset)
    {
        FuzzMemory memory = AnyMemory();
        for (int tries = 0; memory.Length < size && tries < 8; tries++)
        {
            memory = AnyMemory();
        }

        size = Math.Min(size, memory.Length);
        int room = memory.Length - size;
        offset = _random.Below(4) switch
        {
            0 => 0,
            1 => _random.Below(room + 1),
            _ => room,
        };
        return memory;
    }

    /// <summary>Refers to memory without content of its own.</summary>
    private void AddMemory(FuzzExchange request, TeeParameterType type, int size)
    {
        FuzzMemory memory = Place(ref size, out int offset);
        request.Add(type, (ulong)offset, (ulong)size, (ulong)memory.Id);
    }

    /// <summary>Refers to memory that holds these bytes.</summary>
    private void AddMemory(FuzzExchange request, TeeParameterType type, ReadOnlySpan<byte> bytes)
    {
        int size = bytes.Length;
        FuzzMemory memory = Place(ref size, out int offset);
        memory.Write(offset, bytes[..size]);
        request.IsValid &= size == bytes.Length;
        request.Add(type, (ulong)offset, (ulong)size, (ulong)memory.Id);
    }

    private static void AddNoMemory(FuzzExchange request, TeeParameterType type, ulong size = 0) =>
        request.Add(type, 0, size, TeeParameter.NoMemory);

    private void AddAny(FuzzExchange request) => request.Add(new TeeParameter
    {
        Attributes = AnyAttributes(),
        A = _random.Number(),
        B = _random.Number(),
        C = _random.OneIn(2) ? (ulong)AnyMemory().Id : _random.Number(),
    });
}
