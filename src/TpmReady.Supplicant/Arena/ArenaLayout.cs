// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Arena;

/// <summary>
/// Where everything lies in the arena. All offsets and lengths in bytes; every region starts at a page boundary.
/// </summary>
/// <remarks>
/// Order: header, slots, table of shared memory, handles, pool, dynamic memory. The last two are what the secure world
/// sees, so nothing of ours may follow them on the same page.
/// </remarks>
public readonly record struct ArenaLayout
{
    /// <summary>
    /// A slot: 32 bytes of state, then two ioctl arguments of up to 31 parameters (1000 bytes each). A power of two, so
    /// that no slot's state straddles a page.
    /// </summary>
    public const int SlotSize = 2048;

    /// <summary>One entry of the table of shared memory.</summary>
    public const int EntrySize = 32;

    /// <summary>
    /// Slots beyond one a thread: a successor drains the kernel's queue into spare ones before it serves, one for each
    /// thread that a secure world can have (CFG_NUM_THREADS, at most 32 in OP-TEE's platforms).
    /// </summary>
    public const int SpareSlots = 32;

    /// <summary>
    /// Room for the pool to grow. It grows when many requests are in flight, and by one buffer for each killed client
    /// whose FREE the kernel dropped.
    /// </summary>
    public const long PoolGrowth = 16L << 20;

    /// <summary>How many buffers the pool may grow by, and how many larger objects there may be at once.</summary>
    public const int EntriesPerKind = 1024;

    /// <summary>The bytes for the table of open files, including their names.</summary>
    public const int HandleRegionLength = 512 << 10;

    /// <summary>The layout that these limits ask for.</summary>
    /// <param name="limits">The limits.</param>
    /// <param name="pageSize">The size of a page in bytes.</param>
    public ArenaLayout(SupplicantLimits limits, int pageSize)
    {
        PageSize = pageSize;
        SlotCount = limits.MaximumThreads + SpareSlots;
        PoolCount = limits.Pool.Count;
        EntryCount = PoolCount + (2 * EntriesPerKind);
        SlotsOffset = pageSize;
        TableOffset = SlotsOffset + ToPages((long)SlotCount * SlotSize);
        HandlesOffset = TableOffset + ToPages((long)EntryCount * EntrySize);
        HandlesLength = HandleRegionLength;
        PoolOffset = HandlesOffset + ToPages(HandlesLength);
        PoolLength = 0;
        for (int i = 0; i < PoolCount; i++)
        {
            PoolLength += ToPages(limits.Pool.SizeOf(i));
        }

        DynamicOffset = PoolOffset + PoolLength;
        DynamicLength = ToPages(limits.MaximumSharedMemory) + PoolGrowth;
        Length = DynamicOffset + DynamicLength;
    }

    /// <summary>The size of a page.</summary>
    public int PageSize { get; init; }

    /// <summary>How many slots there are.</summary>
    public int SlotCount { get; init; }

    /// <summary>Where they start.</summary>
    public long SlotsOffset { get; init; }

    /// <summary>How many entries the table of shared memory has.</summary>
    public int EntryCount { get; init; }

    /// <summary>How many of them, from the first on, are the buffers that were registered at the start.</summary>
    public int PoolCount { get; init; }

    /// <summary>Where it starts.</summary>
    public long TableOffset { get; init; }

    /// <summary>Where the table of open files starts.</summary>
    public long HandlesOffset { get; init; }

    /// <summary>Its length.</summary>
    public long HandlesLength { get; init; }

    /// <summary>Where the pool of registered buffers starts.</summary>
    public long PoolOffset { get; init; }

    /// <summary>Its length.</summary>
    public long PoolLength { get; init; }

    /// <summary>Where memory for larger objects starts.</summary>
    public long DynamicOffset { get; init; }

    /// <summary>Its length, of which the last <see cref="PoolGrowth"/> bytes are for the pool.</summary>
    public long DynamicLength { get; init; }

    /// <summary>The length of the arena.</summary>
    public long Length { get; init; }

    /// <summary>Rounds a length up to whole pages.</summary>
    public long ToPages(long length) => (length + PageSize - 1) / PageSize * PageSize;

    /// <summary>
    /// Whether the regions follow each other without overlap and with room for what they hold. A successor asks this
    /// before it trusts a header that another program wrote.
    /// </summary>
    public bool IsSound()
    {
        if (PageSize != Environment.SystemPageSize || SlotCount is < 1 or > 4096 || EntryCount is < 1 or > 65536
            || PoolCount < 0 || PoolCount > EntryCount)
        {
            return false;
        }

        ReadOnlySpan<(long Offset, long Length)> regions =
        [
            (0, PageSize),
            (SlotsOffset, (long)SlotCount * SlotSize),
            (TableOffset, (long)EntryCount * EntrySize),
            (HandlesOffset, HandlesLength),
            (PoolOffset, PoolLength),
            (DynamicOffset, DynamicLength),
        ];
        long end = 0;
        foreach ((long offset, long length) in regions)
        {
            if (offset < end || length < 0 || offset % PageSize != 0 || offset > Length || length > Length - offset)
            {
                return false;
            }

            end = offset + length;
        }

        return true;
    }
}
