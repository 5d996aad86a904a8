// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;
using TpmReady.Linux.Tee;

namespace TpmReady.Supplicant.Recording;

/// <summary>
/// What stands before each request of a recording, 48 bytes in little-endian order. Behind it: the parameters as they
/// were received, as many as they were answered; then for each memory reference among them what came in, and again for
/// each what went out: a length (u64) and the bytes. Everything begins at a multiple of 8.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RecordHeader
{
    /// <summary>The structure's size in bytes.</summary>
    public const int Size = 48;

    /// <summary>The longest record; longer buffers are cut.</summary>
    public const int MaximumLength = 64 << 10;

    /// <summary>The first eight bytes of a file; the digit is the version. The first record follows.</summary>
    public const ulong Magic = 0x0a31_4350_5245_4554; // "TEERPC1\n"

    /// <summary>Bit of <see cref="Flags"/>: a buffer was longer than what was kept of it.</summary>
    public const uint IsCut = 1;

    /// <summary>The record's length in bytes, this header included; a multiple of 8.</summary>
    public uint Length;

    /// <summary><see cref="IsCut"/>.</summary>
    public uint Flags;

    /// <summary>Counts requests as they arrived, from 0. Numbers that are missing were dropped.</summary>
    public ulong Sequence;

    /// <summary>Nanoseconds from the recording's begin to the arrival.</summary>
    public long Arrival;

    /// <summary>Nanoseconds from the arrival to the answer.</summary>
    public long Duration;

    /// <summary>What was asked for.</summary>
    public uint Function;

    /// <summary>How it ended.</summary>
    public uint Result;

    /// <summary>How many parameters there are, those of the transport included.</summary>
    public uint Count;

    /// <summary>The error number of SEND: not 0 if the client was gone.</summary>
    public int SendError;

    /// <summary>Where the buffers of memory references begin.</summary>
    public readonly int BuffersOffset => Size + (2 * (int)Count * TeeParameter.Size);

    /// <summary>A length, rounded up to where the next thing may begin.</summary>
    public static int Align(int length) => (length + 7) & ~7;
}
