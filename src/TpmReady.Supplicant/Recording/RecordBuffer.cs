// SPDX-License-Identifier: MIT

using System;
using System.Runtime.CompilerServices;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;

namespace TpmReady.Supplicant.Recording;

/// <summary>A request on its way into a recording: native memory of <see cref="RecordHeader.MaximumLength"/>.</summary>
/// <remarks>
/// What came in is copied before the request is served and what goes out behind it, so one buffer that goes both ways
/// stands there as it was and as it became.
/// </remarks>
internal readonly unsafe struct RecordBuffer(byte* address)
{
    private const int LengthsSize = 8;

    /// <summary>The record as it goes to the file.</summary>
    public ReadOnlySpan<byte> Bytes => new(address, (int)Header.Length);

    /// <summary>Its header.</summary>
    public ref RecordHeader Header => ref *(RecordHeader*)address;

    private Span<TeeParameter> Received => new(address + RecordHeader.Size, (int)Header.Count);

    private Span<TeeParameter> Answered =>
        new(address + RecordHeader.Size + ((int)Header.Count * TeeParameter.Size), (int)Header.Count);

    /// <summary>Takes what was received.</summary>
    public void Begin(uint function, ReadOnlySpan<TeeParameter> parameters, ISharedMemory memory)
    {
        Header = new RecordHeader { Function = function, Count = (uint)parameters.Length };
        parameters.CopyTo(Received);
        Header.Length = (uint)Header.BuffersOffset;
        foreach (TeeParameter parameter in parameters)
        {
            if (IsMemory(parameter))
            {
                bool comesIn = parameter.Type is TeeParameterType.MemoryInput or TeeParameterType.MemoryInOut;
                AddBuffer(parameter, comesIn ? parameter.B : 0, memory);
            }
        }
    }

    /// <summary>Takes what is answered. The request says where buffers are, the answer how long.</summary>
    public void End(uint result, ReadOnlySpan<TeeParameter> parameters, ISharedMemory memory)
    {
        Header.Result = result;
        parameters[..Math.Min(parameters.Length, (int)Header.Count)].CopyTo(Answered);
        for (int i = 0; i < (int)Header.Count; i++)
        {
            TeeParameter parameter = Received[i];
            if (IsMemory(parameter))
            {
                bool goesOut = parameter.Type is TeeParameterType.MemoryOutput or TeeParameterType.MemoryInOut;
                AddBuffer(parameter, goesOut ? Math.Min(parameter.B, Answered[i].B) : 0, memory);
            }
        }
    }

    /// <summary>Whether a parameter refers to memory.</summary>
    public static bool IsMemory(TeeParameter parameter) =>
        !parameter.IsMeta && parameter.Type is >= TeeParameterType.MemoryInput and <= TeeParameterType.MemoryInOut;

    /// <summary>Adds a length (8 bytes) and so many bytes of an object, as far as there is room.</summary>
    private void AddBuffer(TeeParameter parameter, ulong wanted, ISharedMemory memory)
    {
        int start = (int)Header.Length;
        if (start + LengthsSize > RecordHeader.MaximumLength)
        {
            Header.Flags |= RecordHeader.IsCut;
            return;
        }

        int room = RecordHeader.MaximumLength - start - LengthsSize;
        int length = (int)Math.Min(wanted, (ulong)room);
        Header.Flags |= (ulong)length < wanted ? RecordHeader.IsCut : 0;
        if (length > 0 && memory.TryPin(parameter.C, out nint source, out nuint size, out int pin))
        {
            bool fits = parameter.A <= size && (ulong)length <= size - parameter.A;
            length = fits ? length : 0;
            Unsafe.CopyBlockUnaligned(
                address + start + LengthsSize, (byte*)source + (fits ? (nuint)parameter.A : 0), (uint)length);
            memory.Unpin(pin);
        }
        else
        {
            length = 0;
        }

        *(ulong*)(address + start) = (uint)length;
        int end = RecordHeader.Align(length);
        new Span<byte>(address + start + LengthsSize + length, end - length).Clear();
        Header.Length += (uint)(LengthsSize + end);
    }
}
