// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;

namespace TpmReady.Supplicant.Rpmb.Emulation;

/// <summary>One record in the file: the state after a write, and the blocks that the write changed.</summary>
/// <param name="bytes">The record's place, <see cref="MaximumSize"/> bytes.</param>
internal readonly ref struct EmulationRecord(Span<byte> bytes)
{
    /// <summary>The size of a record with the most blocks, in bytes.</summary>
    public const int MaximumSize = DataOffset + (EmulationLayout.MaximumWrite * RpmbFrame.BlockSize);

    private const int SequenceOffset = 8;
    private const int CounterOffset = 16;
    private const int AddressOffset = 20;
    private const int CountOffset = 22;
    private const int HasKeyOffset = 24;
    private const int KeyOffset = 32;
    private const int ChecksumOffset = KeyOffset + RpmbFrame.MacSize;
    private const int DataOffset = ChecksumOffset + Sha256.HashSize;

    private readonly Span<byte> _bytes = bytes[..MaximumSize];

    private static ReadOnlySpan<byte> Magic => "RPMB-REC"u8;

    /// <summary>The bytes in use.</summary>
    public Span<byte> Bytes => _bytes[..(DataOffset + (Count * RpmbFrame.BlockSize))];

    /// <summary>Records are numbered from 1.</summary>
    public ulong Sequence => BinaryPrimitives.ReadUInt64LittleEndian(_bytes[SequenceOffset..]);

    /// <summary>The write counter.</summary>
    public uint Counter
    {
        get => BinaryPrimitives.ReadUInt32LittleEndian(_bytes[CounterOffset..]);
        set => BinaryPrimitives.WriteUInt32LittleEndian(_bytes[CounterOffset..], value);
    }

    /// <summary>Whether a key was programmed.</summary>
    public bool HasKey => _bytes[HasKeyOffset] != 0;

    /// <summary>The key; zeros without one.</summary>
    public ReadOnlySpan<byte> Key => _bytes.Slice(KeyOffset, RpmbFrame.MacSize);

    /// <summary>The first block that was written.</summary>
    public int Address => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[AddressOffset..]);

    /// <summary>How many blocks were written.</summary>
    public int Count => BinaryPrimitives.ReadUInt16LittleEndian(_bytes[CountOffset..]);

    /// <summary>Whether this is a whole record, as it was sealed.</summary>
    public bool IsSealed
    {
        get
        {
            if (!_bytes.StartsWith(Magic) || Count > EmulationLayout.MaximumWrite
                || Address + Count > EmulationLayout.BlockCount)
            {
                return false;
            }

            Span<byte> checksum = stackalloc byte[Sha256.HashSize];
            Compute(checksum);
            return checksum.SequenceEqual(_bytes.Slice(ChecksumOffset, Sha256.HashSize));
        }
    }

    /// <summary>One of the blocks that were written.</summary>
    public Span<byte> Data(int index) => _bytes.Slice(DataOffset + (index * RpmbFrame.BlockSize), RpmbFrame.BlockSize);

    /// <summary>Begins the record that follows another: the same state, and no blocks.</summary>
    public void Follow(EmulationRecord previous)
    {
        previous._bytes[..DataOffset].CopyTo(_bytes);
        Magic.CopyTo(_bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes[SequenceOffset..], previous.Sequence + 1);
        SetRange(0, 0);
    }

    /// <summary>Says which blocks are written.</summary>
    public void SetRange(int address, int count)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes[AddressOffset..], (ushort)address);
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes[CountOffset..], (ushort)count);
    }

    /// <summary>Programs the key.</summary>
    public void SetKey(ReadOnlySpan<byte> key)
    {
        _bytes[HasKeyOffset] = 1;
        key.CopyTo(_bytes.Slice(KeyOffset, RpmbFrame.MacSize));
    }

    /// <summary>Puts the checksum on.</summary>
    public void Seal() => Compute(_bytes.Slice(ChecksumOffset, Sha256.HashSize));

    private void Compute(Span<byte> checksum)
    {
        Sha256 hash = Sha256.Start();
        hash.Append(_bytes[..ChecksumOffset]);
        hash.Append(Bytes[DataOffset..]);
        hash.Finish(checksum);
    }
}
