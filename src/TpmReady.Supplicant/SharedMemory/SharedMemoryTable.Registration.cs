// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Device;

namespace TpmReady.Supplicant.SharedMemory;

/// <content>How memory becomes known to the kernel: the pool at start, anything larger on demand.</content>
public sealed partial class SharedMemoryTable
{
    /// <summary>
    /// Registers the pool. Call it before the first RECV: no request may ever find the pool half made.
    /// </summary>
    /// <param name="device">The open device.</param>
    /// <param name="arena">A new arena, made with the same limits.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="keeper">Who keeps the descriptors for a successor; null for nobody.</param>
    /// <param name="table">The table.</param>
    /// <param name="error">What failed, in a sentence for the log.</param>
    public static bool TryCreate(
        ITeeDevice device,
        StateArena arena,
        SupplicantLimits limits,
        IMemoryKeeper? keeper,
        [NotNullWhen(true)] out SharedMemoryTable? table,
        [NotNullWhen(false)] out string? error)
    {
        table = new SharedMemoryTable(device, arena, limits) { Keeper = keeper, _used = limits.Pool.Count };
        LayOutPool(arena, limits.Pool);
        for (int i = 0; i < limits.Pool.Count; i++)
        {
            ref SharedMemoryEntry entry = ref arena.GetEntry(i);
            entry.State = (int)SharedMemoryState.Reserved;
            int result = table.Register(i);
            if (result != Errno.Success)
            {
                error = $"shared memory cannot be registered (buffer {i + 1} of {limits.Pool.Count}, {entry.Length} bytes): "
                    + Errno.Name(result);
                table.Dispose();
                table = null;
                return false;
            }

            Volatile.Write(ref entry.State, (int)SharedMemoryState.Idle);
        }

        error = null;
        return true;
    }

    /// <summary>All of it before the first is registered: whoever adopts a pool that was not finished finishes it.</summary>
    private static void LayOutPool(StateArena arena, PoolShape pool)
    {
        long offset = arena.Layout.PoolOffset;
        for (int i = 0; i < pool.Count; i++)
        {
            ref SharedMemoryEntry entry = ref arena.GetEntry(i);
            entry.Offset = offset;
            entry.Length = arena.Layout.ToPages(pool.SizeOf(i));
            entry.Flags = SharedMemoryEntry.Pooled;
            offset += entry.Length;
        }
    }

    /// <summary>Registers a new object for the secure world; a small one stays as a new buffer of the pool.</summary>
    /// <param name="size">The wanted size in bytes.</param>
    /// <param name="slot">The slot of the request, until its answer is delivered.</param>
    /// <param name="id">The object's id.</param>
    /// <returns>
    /// 0; or ENOSPC if no range or entry is left within the limits, EAGAIN if one is about to become free; or what the
    /// kernel said, which may pass.
    /// </returns>
    internal int Allocate(ulong size, int slot, out int id)
    {
        id = -1;
        if (size > PoolShape.LargestBuffer && size > (ulong)_limits.MaximumAllocation)
        {
            return Errno.ENOSPC;
        }

        int index = Reserve((long)size);
        if (index < 0)
        {
            return IsAnythingEnding() ? Errno.EAGAIN : Errno.ENOSPC;
        }

        int result = Register(index);
        lock (_lock)
        {
            if (result == Errno.Success)
            {
                GoLive(index, slot);
                id = _arena.GetEntry(index).Id;
            }
            else
            {
                Volatile.Write(ref _arena.GetEntry(index).State, (int)SharedMemoryState.Free);
            }
        }

        return result;
    }

    private int Reserve(long size)
    {
        ArenaLayout layout = _arena.Layout;
        bool isPooled = size <= PoolShape.LargestBuffer;
        long length = layout.ToPages(isPooled ? PoolShape.ClassOf(size) : size);
        long split = layout.DynamicOffset + layout.DynamicLength - ArenaLayout.PoolGrowth;
        lock (_lock)
        {
            int index = FindFreeEntry(isPooled);
            long offset = isPooled
                ? FindRange(split, split + ArenaLayout.PoolGrowth, length)
                : FindRange(layout.DynamicOffset, split, length);
            if (index < 0 || offset < 0)
            {
                return -1;
            }

            ref SharedMemoryEntry entry = ref _arena.GetEntry(index);
            entry.Offset = offset;
            entry.Length = length;
            entry.Flags = isPooled ? SharedMemoryEntry.Pooled : 0;
            entry.PendingSlot = 0;
            Volatile.Write(ref entry.State, (int)SharedMemoryState.Reserved);
            Volatile.Write(ref _used, Math.Max(_used, index + 1));
            return index;
        }
    }

    /// <summary>
    /// Whether a freed object still waits for its answer to leave or for its last user. The secure world may ask for more
    /// before that, and a refusal would be one that passes.
    /// </summary>
    private bool IsAnythingEnding()
    {
        for (int i = 0; i < Volatile.Read(ref _used); i++)
        {
            if ((SharedMemoryState)Volatile.Read(ref _arena.GetEntry(i).State)
                is SharedMemoryState.Freed or SharedMemoryState.Closing)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Neither kind of object can take the other's entries.</summary>
    private int FindFreeEntry(bool isPooled)
    {
        int free = -1;
        int sameKind = 0;
        for (int i = _arena.Layout.PoolCount; i < _local.Length; i++)
        {
            ref SharedMemoryEntry entry = ref _arena.GetEntry(i);
            if ((SharedMemoryState)entry.State == SharedMemoryState.Free)
            {
                free = free < 0 ? i : free;
                if (i >= _used)
                {
                    break;
                }
            }
            else if (entry.IsPooled == isPooled)
            {
                sameKind++;
            }
        }

        return sameKind < ArenaLayout.EntriesPerKind ? free : -1;
    }

    /// <summary>
    /// First fit. The entries are the only record of what is taken, so a successor finds the same free ranges.
    /// </summary>
    private long FindRange(long start, long end, long length)
    {
        long candidate = start;
        while (length <= end - candidate)
        {
            long next = EndOfOverlap(candidate, length);
            if (next < 0)
            {
                return candidate;
            }

            candidate = next;
        }

        return -1;
    }

    private long EndOfOverlap(long offset, long length)
    {
        for (int i = _arena.Layout.PoolCount; i < _used; i++)
        {
            ref SharedMemoryEntry entry = ref _arena.GetEntry(i);
            if ((SharedMemoryState)entry.State != SharedMemoryState.Free
                && entry.Offset < offset + length && offset < entry.Offset + entry.Length)
            {
                return entry.Offset + entry.Length;
            }
        }

        return -1;
    }

    private unsafe int Register(int index)
    {
        ref SharedMemoryEntry entry = ref _arena.GetEntry(index);
        nuint length = (nuint)entry.Length;
        nint address;
        TeeMemory memory;
        if (_device.Version.RegistersMemory)
        {
            address = (nint)_arena.At(entry.Offset);
            int result = _device.RegisterMemory(address, length, out memory);
            if (result != Errno.Success)
            {
                return result;
            }
        }
        else
        {
            int result = _device.AllocateMemory(length, out memory);
            if (result != Errno.Success)
            {
                return result;
            }

            address = Libc.Mmap(
                0, length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, memory.Descriptor, 0);
            if (address == Libc.MAP_FAILED)
            {
                result = Libc.LastError;
                _device.ReleaseMemory(memory);
                return result;
            }

            _ = Libc.Madvise(address, length, Libc.MADV_DONTDUMP);
            entry.Flags |= SharedMemoryEntry.Driver;
        }

        entry.Id = memory.Id;
        _local[index].Descriptor = memory.Descriptor;
        _local[index].Address = address;
        Keeper?.Keep(memory);
        return Errno.Success;
    }
}
