// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;

namespace TpmReady.Supplicant.Rpmb;

/// <summary>
/// One RPMB frame of 512 bytes in place (JESD84-B51, section 6.6.22, "Data Frame Files for RPMB"). Numbers are
/// big-endian.
/// </summary>
/// <param name="bytes">The frame, <see cref="Size"/> bytes.</param>
internal readonly ref struct RpmbFrame(Span<byte> bytes)
{
    /// <summary>The size of a frame, in bytes.</summary>
    public const int Size = 512;

    /// <summary>The size of a block, in bytes: what one frame carries, and what addresses count.</summary>
    public const int BlockSize = 256;

    /// <summary>The size of a MAC and of the key, in bytes.</summary>
    public const int MacSize = 32;

    /// <summary>The size of a nonce, in bytes.</summary>
    public const int NonceSize = 16;

    /// <summary>From here to the frame's end the MAC covers it.</summary>
    public const int AuthenticatedOffset = DataOffset;

    private const int MacOffset = 196;
    private const int DataOffset = 228;
    private const int NonceOffset = 484;
    private const int CounterOffset = 500;
    private const int AddressOffset = 504;
    private const int CountOffset = 506;
    private const int ResultOffset = 508;
    private const int TypeOffset = 510;

    private readonly Span<byte> _bytes = bytes[..Size];

    /// <summary>The MAC, or the key to be programmed.</summary>
    public Span<byte> Mac => _bytes.Slice(MacOffset, MacSize);

    /// <summary>The block.</summary>
    public Span<byte> Data => _bytes.Slice(DataOffset, BlockSize);

    /// <summary>What makes an answer fresh.</summary>
    public Span<byte> Nonce => _bytes.Slice(NonceOffset, NonceSize);

    /// <summary>The bytes that the MAC covers.</summary>
    public Span<byte> Authenticated => _bytes[AuthenticatedOffset..];

    /// <summary>How many writes there were.</summary>
    public uint Counter
    {
        get => BinaryPrimitives.ReadUInt32BigEndian(_bytes[CounterOffset..]);
        set => BinaryPrimitives.WriteUInt32BigEndian(_bytes[CounterOffset..], value);
    }

    /// <summary>The first block.</summary>
    public ushort Address
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[AddressOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[AddressOffset..], value);
    }

    /// <summary>How many blocks.</summary>
    public ushort Count
    {
        get => BinaryPrimitives.ReadUInt16BigEndian(_bytes[CountOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[CountOffset..], value);
    }

    /// <summary>How it ended; any value in a hostile frame.</summary>
    public RpmbResult Result
    {
        get => (RpmbResult)BinaryPrimitives.ReadUInt16BigEndian(_bytes[ResultOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[ResultOffset..], (ushort)value);
    }

    /// <summary>What the frame says; any value in a hostile frame.</summary>
    public RpmbMessageType Type
    {
        get => (RpmbMessageType)BinaryPrimitives.ReadUInt16BigEndian(_bytes[TypeOffset..]);
        set => BinaryPrimitives.WriteUInt16BigEndian(_bytes[TypeOffset..], (ushort)value);
    }

    /// <summary>The frame at a place in a row of frames.</summary>
    public static RpmbFrame At(Span<byte> frames, int index) => new(frames.Slice(index * Size, Size));

    /// <summary>The type that answers a request of this type.</summary>
    public static RpmbMessageType ResponseTo(RpmbMessageType request) => (RpmbMessageType)((ushort)request << 8);
}
