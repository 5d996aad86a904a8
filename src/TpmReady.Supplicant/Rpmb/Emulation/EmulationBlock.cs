// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;

namespace TpmReady.Supplicant.Rpmb.Emulation;

/// <summary>One block in the file: its 256 bytes, the number of the record that wrote them, a checksum.</summary>
/// <param name="bytes">The block, <see cref="Size"/> bytes.</param>
internal readonly ref struct EmulationBlock(Span<byte> bytes)
{
    /// <summary>The size, in bytes.</summary>
    public const int Size = ChecksumOffset + ChecksumSize;

    private const int SequenceOffset = RpmbFrame.BlockSize;
    private const int ChecksumOffset = SequenceOffset + sizeof(ulong);
    private const int ChecksumSize = 8;

    private readonly Span<byte> _bytes = bytes[..Size];

    /// <summary>What the secure world wrote.</summary>
    public Span<byte> Data => _bytes[..RpmbFrame.BlockSize];

    /// <summary>The number of the record that wrote it; 0 if none did.</summary>
    public ulong Sequence => BinaryPrimitives.ReadUInt64LittleEndian(_bytes[SequenceOffset..]);

    /// <summary>Whether the block is as it was sealed, at this place.</summary>
    public bool IsSealed(int index)
    {
        Span<byte> checksum = stackalloc byte[Sha256.HashSize];
        Compute(index, checksum);
        return checksum[..ChecksumSize].SequenceEqual(_bytes[ChecksumOffset..]);
    }

    /// <summary>Notes who wrote the block, and puts the checksum on.</summary>
    public void Seal(int index, ulong sequence)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes[SequenceOffset..], sequence);
        Span<byte> checksum = stackalloc byte[Sha256.HashSize];
        Compute(index, checksum);
        checksum[..ChecksumSize].CopyTo(_bytes[ChecksumOffset..]);
    }

    // With the place, so that a block that strayed is noticed.
    private void Compute(int index, Span<byte> checksum)
    {
        Span<byte> place = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(place, index);
        Sha256 hash = Sha256.Start();
        hash.Append(place);
        hash.Append(_bytes[..ChecksumOffset]);
        hash.Finish(checksum);
    }
}
