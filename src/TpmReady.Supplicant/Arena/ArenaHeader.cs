// SPDX-License-Identifier: MIT

using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace TpmReady.Supplicant.Arena;

/// <summary>The first bytes of the arena. A program refuses an arena whose version it does not know.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ArenaHeader
{
    /// <summary>"TPMREADY", little-endian. Written last: an arena without it was never finished.</summary>
    public const ulong ExpectedMagic = 0x5944_4145_524D_5054;

    /// <summary>The version that this program writes and reads.</summary>
    public const uint ExpectedVersion = OwnVersion + Distance;

    private const uint OwnVersion = 1;
#if OTHER_ARENA
    // eng/other-build: a program of the next version, as this one meets it.
    private const uint Distance = 1;
#else
    private const uint Distance = 0;
#endif

    public ulong Magic;
    public uint Version;
    public uint Checksum;
    public uint PageSize;
    public uint SlotCount;
    public uint EntryCount;
    public uint PoolCount;
    public long SlotsOffset;
    public long TableOffset;
    public long HandlesOffset;
    public long HandlesLength;
    public long PoolOffset;
    public long PoolLength;
    public long DynamicOffset;
    public long DynamicLength;
    public long Length;

    /// <summary>Writes a header; the magic comes last.</summary>
    public static void Write(ref ArenaHeader header, in ArenaLayout layout)
    {
        header.Version = ExpectedVersion;
        header.PageSize = (uint)layout.PageSize;
        header.SlotCount = (uint)layout.SlotCount;
        header.EntryCount = (uint)layout.EntryCount;
        header.PoolCount = (uint)layout.PoolCount;
        header.SlotsOffset = layout.SlotsOffset;
        header.TableOffset = layout.TableOffset;
        header.HandlesOffset = layout.HandlesOffset;
        header.HandlesLength = layout.HandlesLength;
        header.PoolOffset = layout.PoolOffset;
        header.PoolLength = layout.PoolLength;
        header.DynamicOffset = layout.DynamicOffset;
        header.DynamicLength = layout.DynamicLength;
        header.Length = layout.Length;
        header.Checksum = header.ComputeChecksum();
        Volatile.Write(ref header.Magic, ExpectedMagic);
    }

    /// <summary>The layout that the header describes. Says nothing of its soundness.</summary>
    public readonly ArenaLayout ToLayout() => new()
    {
        PageSize = (int)PageSize,
        SlotCount = (int)SlotCount,
        EntryCount = (int)EntryCount,
        PoolCount = (int)PoolCount,
        SlotsOffset = SlotsOffset,
        TableOffset = TableOffset,
        HandlesOffset = HandlesOffset,
        HandlesLength = HandlesLength,
        PoolOffset = PoolOffset,
        PoolLength = PoolLength,
        DynamicOffset = DynamicOffset,
        DynamicLength = DynamicLength,
        Length = Length,
    };

    /// <summary>CRC-32C of the header with magic and checksum taken as zero.</summary>
    public readonly uint ComputeChecksum()
    {
        ArenaHeader copy = this;
        copy.Magic = 0;
        copy.Checksum = 0;
        uint checksum = uint.MaxValue;
        foreach (byte value in MemoryMarshal.AsBytes(new System.ReadOnlySpan<ArenaHeader>(in copy)))
        {
            checksum = BitOperations.Crc32C(checksum, value);
        }

        return ~checksum;
    }

    /// <summary>The size of the header in bytes.</summary>
    public static int Size => Unsafe.SizeOf<ArenaHeader>();
}
