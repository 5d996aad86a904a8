// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;

namespace TpmReady.Supplicant.Rpmb.Emulation;

/// <summary>
/// The file of an emulated RPMB, version 1: a header, two records, the blocks. All numbers are little-endian, and every
/// part carries a checksum of itself.
/// </summary>
/// <remarks>
/// A write is one record: it holds the whole state but the blocks, and the blocks that it changes. Records take turns
/// in two places, so a torn one leaves the one before it. The blocks go to their own places after the record is
/// durable, and are durable before the record is overwritten: the sync of the next record covers them.
/// </remarks>
internal static class EmulationLayout
{
    /// <summary>The number of blocks of 256 bytes: 256 KiB.</summary>
    public const int BlockCount = 1024;

    /// <summary>
    /// The most blocks in one write: 8 KiB is the most that an eMMC takes at once (JESD84-B51, EN_RPMB_REL_WR).
    /// </summary>
    public const int MaximumWrite = 32;

    /// <summary>The size of the header, in bytes.</summary>
    public const int HeaderSize = 64;

    /// <summary>Where the blocks begin, in bytes from the start of the file.</summary>
    public const int BlocksOffset = FirstRecordOffset + (2 * RecordPlaceSize);

    /// <summary>The size of all blocks with their checksums, in bytes.</summary>
    public const int BlocksSize = BlockCount * EmulationBlock.Size;

    /// <summary>The size of the whole file, in bytes.</summary>
    public const int FileSize = BlocksOffset + BlocksSize;

    // Each in pages of its own, so that tearing one cannot touch the other.
    private const int FirstRecordOffset = 4096;
    private const int RecordPlaceSize = 3 * 4096;

    private const int Version = 1;
    private const int VersionOffset = 16;
    private const int BlockCountOffset = 20;
    private const int ChecksumOffset = 32;

    // The line end and the end-of-file sign show a copy that was treated as text.
    private static ReadOnlySpan<byte> Magic => "TPMREADY-RPMB\r\n\x1a"u8;

    /// <summary>Where the record with a number lies, in bytes from the start of the file.</summary>
    public static int RecordOffset(ulong sequence) => FirstRecordOffset + ((int)(sequence & 1) * RecordPlaceSize);

    /// <summary>Writes the header.</summary>
    public static void WriteHeader(Span<byte> header)
    {
        header[..HeaderSize].Clear();
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[VersionOffset..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(header[BlockCountOffset..], BlockCount);
        Sha256.Compute(header[..ChecksumOffset], header[ChecksumOffset..]);
    }

    /// <summary>Checks the header.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? CheckHeader(ReadOnlySpan<byte> header)
    {
        Span<byte> expected = stackalloc byte[HeaderSize];
        WriteHeader(expected);
        return header[..HeaderSize].SequenceEqual(expected) ? null
            : !header.StartsWith(Magic) ? "it does not begin as one"
            : BinaryPrimitives.ReadInt32LittleEndian(header[VersionOffset..]) != Version
                ? "this program does not know its version"
            : "its header is damaged";
    }
}
