// SPDX-License-Identifier: MIT

using System;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Protocol;

namespace TpmReady.Supplicant.SharedMemory;

/// <summary>
/// The shared-memory objects: a pool registered before the first request, and larger ones registered on demand. What a
/// successor must know stands in the arena; descriptors, addresses and pins belong to this process.
/// </summary>
/// <remarks>
/// Pins: a killed client's buffers are freed by the secure world while another thread of ours still serves its request
/// (optee_supp_thrd_req waits killably). So FREE only makes an object unfindable; its memory ends with the last pin.
/// No system call that may block runs under the lock.
/// </remarks>
public sealed partial class SharedMemoryTable : ISharedMemory, IDisposable
{
    private readonly ITeeDevice _device;
    private readonly StateArena _arena;
    private readonly SupplicantLimits _limits;
    private readonly Lock _lock = new();
    private readonly Local[] _local;
    private int _liveCount;
    private long _liveBytes;
    private int _used;

    private SharedMemoryTable(ITeeDevice device, StateArena arena, SupplicantLimits limits)
    {
        _device = device;
        _arena = arena;
        _limits = limits;
        _local = new Local[arena.Layout.EntryCount];
    }

    /// <summary>Keeps the descriptors for a successor; null where nobody does.</summary>
    public IMemoryKeeper? Keeper { get; init; }

    /// <summary>How many objects the secure world has now.</summary>
    public int LiveCount => Volatile.Read(ref _liveCount);

    /// <summary>How many bytes they have together.</summary>
    public long LiveBytes => Volatile.Read(ref _liveBytes);

    /// <inheritdoc/>
    public bool TryPin(ulong id, out nint address, out nuint length, out int pin)
    {
        lock (_lock)
        {
            int index = FindLive(id);
            if (index < 0)
            {
                address = 0;
                length = 0;
                pin = -1;
                return false;
            }

            _local[index].Pins++;
            address = _local[index].Address;
            length = (nuint)_arena.GetEntry(index).Length;
            pin = index;
            return true;
        }
    }

    /// <inheritdoc/>
    public void Unpin(int pin)
    {
        bool ended;
        Ending ending = default;
        lock (_lock)
        {
            if (_local[pin].Pins <= 0)
            {
                throw new InvalidOperationException("A pin was released twice.");
            }

            ended = --_local[pin].Pins == 0
                && (SharedMemoryState)_arena.GetEntry(pin).State == SharedMemoryState.Closing
                && TryEnd(pin, out ending);
        }

        if (ended)
        {
            Complete(pin, ending);
        }
    }

    /// <summary>Gives an idle buffer of the pool to the secure world.</summary>
    /// <param name="size">The wanted size in bytes.</param>
    /// <param name="slot">The slot of the request, until its answer is delivered.</param>
    /// <param name="id">The buffer's id.</param>
    /// <returns>False if no buffer that large is idle.</returns>
    internal bool TryTake(ulong size, int slot, out int id)
    {
        lock (_lock)
        {
            int best = -1;
            for (int i = 0; i < _used; i++)
            {
                ref SharedMemoryEntry entry = ref _arena.GetEntry(i);
                if ((SharedMemoryState)entry.State == SharedMemoryState.Idle && (ulong)entry.Length >= size
                    && (best < 0 || entry.Length < _arena.GetEntry(best).Length))
                {
                    best = i;
                }
            }

            if (best < 0)
            {
                id = -1;
                return false;
            }

            GoLive(best, slot);
            id = _arena.GetEntry(best).Id;
            return true;
        }
    }

    /// <summary>Marks an object freed by the request in <paramref name="slot"/>; nothing finds it any more.</summary>
    /// <returns>False if the secure world has no such object.</returns>
    internal bool TryFree(ulong id, int slot)
    {
        lock (_lock)
        {
            int index = FindLive(id);
            if (index < 0)
            {
                return false;
            }

            ref SharedMemoryEntry entry = ref _arena.GetEntry(index);
            entry.PendingSlot = slot + 1;
            Volatile.Write(ref entry.State, (int)SharedMemoryState.Freed);
            _liveCount--;
            _liveBytes -= entry.Length;
            return true;
        }
    }

    /// <summary>
    /// The answer to the request in <paramref name="slot"/> left: what it allocated stays, what it freed may be used
    /// again.
    /// </summary>
    internal void Settle(int slot)
    {
        for (int i = 0; i < Volatile.Read(ref _used); i++)
        {
            // Only the thread that serves this slot writes its number here, so no lock is needed to see it.
            ref SharedMemoryEntry entry = ref _arena.GetEntry(i);
            if (Volatile.Read(ref entry.PendingSlot) != slot + 1)
            {
                continue;
            }

            Ending ending = default;
            bool ended = false;
            lock (_lock)
            {
                entry.PendingSlot = 0;
                if ((SharedMemoryState)entry.State == SharedMemoryState.Freed)
                {
                    Volatile.Write(ref entry.State, (int)SharedMemoryState.Closing);
                    ended = _local[i].Pins == 0 && TryEnd(i, out ending);
                }
            }

            if (ended)
            {
                Complete(i, ending);
            }
        }
    }

    /// <summary>
    /// The answer to the request in <paramref name="slot"/> reached nobody: what it allocated is freed, for the
    /// requester died before it looked the id up; what it freed stays freed.
    /// </summary>
    internal void RollBack(int slot)
    {
        for (int i = 0; i < Volatile.Read(ref _used); i++)
        {
            ref SharedMemoryEntry entry = ref _arena.GetEntry(i);
            if (Volatile.Read(ref entry.PendingSlot) == slot + 1
                && (SharedMemoryState)Volatile.Read(ref entry.State) == SharedMemoryState.Live)
            {
                _ = TryFree((ulong)entry.Id, slot);
            }
        }

        Settle(slot);
    }

    /// <summary>Gives up all objects: descriptors first, then memory that the driver allocated.</summary>
    public void Dispose()
    {
        for (int i = 0; i < _used; i++)
        {
            if (_local[i].Descriptor > 0)
            {
                ref SharedMemoryEntry entry = ref _arena.GetEntry(i);
                _device.ReleaseMemory(new TeeMemory(_local[i].Descriptor, entry.Id, (nuint)entry.Length));
                if (entry.IsDriver)
                {
                    _ = Libc.Munmap(_local[i].Address, (nuint)entry.Length);
                }

                _local[i] = default;
            }
        }
    }

    private int FindLive(ulong id)
    {
        for (int i = 0; i < _used; i++)
        {
            ref SharedMemoryEntry entry = ref _arena.GetEntry(i);
            if ((ulong)entry.Id == id && (SharedMemoryState)entry.State == SharedMemoryState.Live)
            {
                return i;
            }
        }

        return -1;
    }

    private void GoLive(int index, int slot)
    {
        ref SharedMemoryEntry entry = ref _arena.GetEntry(index);
        entry.PendingSlot = slot + 1;
        Volatile.Write(ref entry.State, (int)SharedMemoryState.Live);
        _liveCount++;
        _liveBytes += entry.Length;
    }

    /// <summary>
    /// Under the lock: a pooled object becomes idle; any other is taken out, to be ended without the lock.
    /// </summary>
    private bool TryEnd(int index, out Ending ending)
    {
        ref SharedMemoryEntry entry = ref _arena.GetEntry(index);
        if (entry.IsPooled && _local[index].Descriptor > 0)
        {
            Volatile.Write(ref entry.State, (int)SharedMemoryState.Idle);
            ending = default;
            return false;
        }

        ending = new Ending(
            new TeeMemory(_local[index].Descriptor, entry.Id, (nuint)entry.Length),
            _local[index].Address,
            entry.Offset,
            entry.IsDriver);
        _local[index] = default;
        return true;
    }

    /// <summary>
    /// Without the lock: descriptor first, memory second, for the kernel still looks at the pages while the object
    /// lives (tee_shm_release). The entry stays reserved until both are done, so its range cannot be given out too
    /// early.
    /// </summary>
    private void Complete(int index, in Ending ending)
    {
        if (ending.Memory.Descriptor > 0)
        {
            Keeper?.Forget(ending.Memory.Id);
            _device.ReleaseMemory(ending.Memory);
        }

        if (ending.IsDriver)
        {
            _ = Libc.Munmap(ending.Address, ending.Memory.Length);
        }
        else
        {
            _ = Libc.Fallocate(
                _arena.Descriptor,
                Libc.FALLOC_FL_PUNCH_HOLE | Libc.FALLOC_FL_KEEP_SIZE,
                ending.Offset,
                (long)ending.Memory.Length);
        }

        Volatile.Write(ref _arena.GetEntry(index).State, (int)SharedMemoryState.Free);
    }

    private readonly record struct Ending(TeeMemory Memory, nint Address, long Offset, bool IsDriver);

    private struct Local
    {
        public int Descriptor;
        public int Pins;
        public nint Address;
    }
}
