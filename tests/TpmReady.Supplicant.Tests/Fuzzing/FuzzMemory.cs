// SPDX-License-Identifier: MIT

using System;
using System.Runtime.InteropServices;
using TpmReady.Linux.Interop;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>
/// A shared-memory object: the same pages a second time, between two pages that nobody may touch. The supplicant is
/// given this view, so a byte too far ends the process. A copy tells what was written that must not be.
/// </summary>
internal sealed unsafe class FuzzMemory : IDisposable
{
    private readonly nint _reserved;
    private readonly byte* _copy;

    public FuzzMemory(int id, int descriptor, int file, long offset, int length)
    {
        Id = id;
        Descriptor = descriptor;
        Length = length;
        nint page = Environment.SystemPageSize;
        _reserved = Libc.Mmap(
            0, (nuint)(length + (2 * page)), Libc.PROT_NONE, Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS, -1, 0);
        Address = (byte*)Libc.Mmap(
            _reserved + page,
            (nuint)length,
            Libc.PROT_READ | Libc.PROT_WRITE,
            Libc.MAP_SHARED | Libc.MAP_FIXED,
            file,
            offset);
        if (_reserved == Libc.MAP_FAILED || (nint)Address == Libc.MAP_FAILED)
        {
            throw new InvalidOperationException($"{length} bytes cannot be mapped: {Errno.Name(Libc.LastError)}");
        }

        _copy = (byte*)NativeMemory.Alloc((nuint)length);
        Accept(0, length);
    }

    public int Id { get; }

    /// <summary>What the supplicant closes in the end.</summary>
    public int Descriptor { get; }

    public int Length { get; }

    /// <summary>Where the view between the guards is.</summary>
    public byte* Address { get; }

    public Span<byte> Bytes => new(Address, Length);

    /// <summary>The secure world writes.</summary>
    public void Write(int offset, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Bytes[offset..]);
        bytes.CopyTo(new Span<byte>(_copy, Length)[offset..]);
    }

    /// <summary>The secure world changes one byte.</summary>
    public void Write(int offset, byte value)
    {
        Address[offset] = value;
        _copy[offset] = value;
    }

    /// <summary>What stands there was allowed to be written.</summary>
    public void Accept(long offset, long length) =>
        Buffer.MemoryCopy(Address + offset, _copy + offset, Length - offset, length);

    /// <summary>The first byte that nobody was allowed to change; -1 if there is none.</summary>
    public int FindChange()
    {
        int same = Bytes.CommonPrefixLength(new ReadOnlySpan<byte>(_copy, Length));
        return same == Length ? -1 : same;
    }

    public void Dispose()
    {
        _ = Libc.Munmap(_reserved, (nuint)(Length + (2 * Environment.SystemPageSize)));
        NativeMemory.Free(_copy);
    }
}
