// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Device;

namespace TpmReady.Supplicant.SharedMemory;

/// <content>How a successor takes over what an earlier process registered.</content>
public sealed partial class SharedMemoryTable
{
    /// <summary>
    /// Takes over the objects of an earlier process. Ids belong to the open device and not to the process, so they are
    /// as valid as before.
    /// </summary>
    /// <param name="device">The device that the earlier process had open.</param>
    /// <param name="arena">Its arena.</param>
    /// <param name="limits">The limits for what is still to come.</param>
    /// <param name="keeper">Who kept the descriptors.</param>
    /// <param name="kept">The descriptors by id. The table owns those that it needs and closes the others.</param>
    /// <param name="table">The table.</param>
    /// <param name="error">Why it cannot be taken over, in a sentence for the log; all descriptors are open then.</param>
    public static bool TryAdopt(
        ITeeDevice device,
        StateArena arena,
        SupplicantLimits limits,
        IMemoryKeeper? keeper,
        IReadOnlyDictionary<int, int> kept,
        [NotNullWhen(true)] out SharedMemoryTable? table,
        [NotNullWhen(false)] out string? error)
    {
        table = null;
        for (int i = 0; i < arena.Layout.EntryCount; i++)
        {
            if (!IsSound(arena, ref arena.GetEntry(i)))
            {
                error = $"the arena's table of shared memory is damaged at entry {i}";
                return false;
            }
        }

        table = new SharedMemoryTable(device, arena, limits) { Keeper = keeper, _used = arena.Layout.PoolCount };
        var left = new Dictionary<int, int>(kept);
        for (int i = 0; i < arena.Layout.EntryCount; i++)
        {
            int result = table.Adopt(i, left);
            if (result != Errno.Success)
            {
                error = $"shared memory {i} of the earlier process cannot be used: {Errno.Name(result)}";
                table = null;
                return false;
            }
        }

        foreach ((int id, int descriptor) in left)
        {
            // Registered, but its owner died before anybody learned of it.
            keeper?.Forget(id);
            device.ReleaseMemory(new TeeMemory(descriptor, id, 0));
        }

        error = null;
        return true;
    }

    /// <summary>
    /// The descriptors by id, for a successor. Ask while no request is served: the table changes with requests.
    /// </summary>
    public IReadOnlyDictionary<int, int> Descriptors
    {
        get
        {
            Dictionary<int, int> descriptors = [];
            for (int i = 0; i < _used; i++)
            {
                if (_local[i].Descriptor > 0)
                {
                    descriptors[_arena.GetEntry(i).Id] = _local[i].Descriptor;
                }
            }

            return descriptors;
        }
    }

    /// <summary>
    /// After it is known which requests were answered: ends what an earlier process had begun to end, and registers
    /// buffers of the pool whose descriptor is lost. Call it before the first RECV.
    /// </summary>
    /// <returns>0, or what the kernel said to the registration.</returns>
    internal int FinishAdoption()
    {
        for (int i = 0; i < _used; i++)
        {
            ref SharedMemoryEntry entry = ref _arena.GetEntry(i);
            if ((SharedMemoryState)entry.State == SharedMemoryState.Closing && TryEnd(i, out Ending ending))
            {
                Complete(i, ending);
            }

            if ((SharedMemoryState)entry.State == SharedMemoryState.Free && i < _arena.Layout.PoolCount)
            {
                entry.Flags = SharedMemoryEntry.Pooled;
                int result = Register(i);
                if (result != Errno.Success)
                {
                    return result;
                }

                Volatile.Write(ref entry.State, (int)SharedMemoryState.Idle);
            }
        }

        return Errno.Success;
    }

    /// <summary>
    /// What the request in <paramref name="slot"/> did is as if it had not been: what it allocated is idle or free again,
    /// what it freed lives.
    /// </summary>
    internal void Forget(int slot)
    {
        for (int i = 0; i < Volatile.Read(ref _used); i++)
        {
            ref SharedMemoryEntry entry = ref _arena.GetEntry(i);
            if (entry.PendingSlot == slot + 1 && (SharedMemoryState)entry.State == SharedMemoryState.Freed)
            {
                lock (_lock)
                {
                    GoLive(i, slot);
                    entry.PendingSlot = 0;
                }
            }
        }

        RollBack(slot);
    }

    private int Adopt(int index, Dictionary<int, int> kept)
    {
        ref SharedMemoryEntry entry = ref _arena.GetEntry(index);
        var state = (SharedMemoryState)entry.State;
        if (state == SharedMemoryState.Free)
        {
            return Errno.Success;
        }

        _used = Math.Max(_used, index + 1);
        bool isKept = kept.Remove(entry.Id, out int descriptor);
        if (state == SharedMemoryState.Reserved || (state == SharedMemoryState.Idle && !isKept))
        {
            // Whatever was registered went with the process that knew it.
            if (isKept)
            {
                kept[entry.Id] = descriptor;
            }

            entry.PendingSlot = 0;
            Volatile.Write(ref entry.State, (int)SharedMemoryState.Free);
            return Errno.Success;
        }

        _local[index].Descriptor = isKept ? descriptor : 0;
        if (state == SharedMemoryState.Live)
        {
            _liveCount++;
            _liveBytes += entry.Length;
        }

        return Map(index);
    }

    private unsafe int Map(int index)
    {
        ref SharedMemoryEntry entry = ref _arena.GetEntry(index);
        if (!entry.IsDriver)
        {
            _local[index].Address = (nint)_arena.At(entry.Offset);
            return Errno.Success;
        }

        if (_local[index].Descriptor == 0)
        {
            return Errno.EBADF;
        }

        nint address = Libc.Mmap(
            0,
            (nuint)entry.Length,
            Libc.PROT_READ | Libc.PROT_WRITE,
            Libc.MAP_SHARED,
            _local[index].Descriptor,
            0);
        if (address == Libc.MAP_FAILED)
        {
            return Libc.LastError;
        }

        _ = Libc.Madvise(address, (nuint)entry.Length, Libc.MADV_DONTDUMP);
        _local[index].Address = address;
        return Errno.Success;
    }

    /// <summary>Whether an entry says something possible; what follows trusts its offset and length.</summary>
    private static bool IsSound(StateArena arena, ref SharedMemoryEntry entry)
    {
        ArenaLayout layout = arena.Layout;
        return (SharedMemoryState)entry.State is >= SharedMemoryState.Free and <= SharedMemoryState.Closing
            && (entry.State == (int)SharedMemoryState.Free
                || (entry.Length > 0
                    && entry.Length % layout.PageSize == 0
                    && entry.Offset >= layout.PoolOffset
                    && entry.Offset % layout.PageSize == 0
                    && entry.Offset <= layout.Length - entry.Length
                    && entry.PendingSlot >= 0
                    && entry.PendingSlot <= layout.SlotCount));
    }
}
