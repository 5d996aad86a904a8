// SPDX-License-Identifier: MIT

using System;
using System.Threading;

namespace TpmReady.Supplicant.Storage;

/// <summary>
/// The files that the secure world has open. It gets handles, not descriptors: a number from an earlier life of this
/// process must not reach another file, and must not close the device.
/// </summary>
/// <remarks>
/// <para>
/// The table lies in memory that can outlive the process; descriptors are this process's own and are opened again by
/// name. This file gives handles and takes them back, Descriptors holds what is behind them.
/// </para>
/// <para>
/// A change belongs to the request in an arena slot until that request's answer has been delivered; until then a closed
/// entry is not given away, for the same request may have to be served again.
/// </para>
/// </remarks>
internal sealed unsafe partial class FileHandleTable
{
    /// <summary>The most entries that a handle can tell apart.</summary>
    public const int MaximumCount = FileHandle.MaximumIndex + 1;

    private const int HeaderSize = 64;
    private const int Magic = 0x31544846;
    private const int NoEntry = -1;

    private readonly Lock _lock = new();
    private readonly FileHandleEntry* _entries;
    private readonly int[] _entryOfSlot;
    private int _next;

    /// <summary>Takes over the table in a region, or makes an empty one if the region is zeroed.</summary>
    /// <param name="region">The memory, aligned to 8 bytes.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="slots">How many arena slots there are.</param>
    /// <param name="idleDescriptors">How many descriptors are kept that could be opened again by name.</param>
    /// <exception cref="ArgumentException">The region is too small, or holds something else.</exception>
    public FileHandleTable(byte* region, int length, int slots, int idleDescriptors = DefaultIdleDescriptors)
    {
        int count = Math.Min((length - HeaderSize) / FileHandleEntry.Size, MaximumCount);
        if (count <= slots)
        {
            throw new ArgumentException("The region must hold more entries than there are slots.", nameof(length));
        }

        int* header = (int*)region;
        if (header[0] != 0 && (header[0] != Magic || header[1] != FileHandleEntry.Size || header[2] != count))
        {
            throw new ArgumentException("The region holds no table of open files of this size.", nameof(region));
        }

        _entries = (FileHandleEntry*)(region + HeaderSize);
        _descriptors = new int[count];
        _users = new int[count];
        _closing = new bool[count];
        _unsynced = new bool[count];
        _lastUse = new long[count];
        _idleDescriptors = idleDescriptors;
        _entryOfSlot = new int[slots];
        Array.Fill(_descriptors, NoDescriptor);
        Array.Fill(_entryOfSlot, NoEntry);
        if (header[0] == 0)
        {
            Format();
            header[1] = FileHandleEntry.Size;
            header[2] = count;
            Volatile.Write(ref header[0], Magic);
        }
        else
        {
            Adopt();
        }
    }

    /// <summary>How many files are open, for the status.</summary>
    public int OpenCount { get; private set; }

    /// <summary>Enters an opened file.</summary>
    /// <param name="descriptor">The descriptor, which the table owns from now on.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="path">Its path relative to the storage root.</param>
    /// <param name="inode">Its inode.</param>
    /// <param name="slot">The slot of the request.</param>
    /// <returns>
    /// The handle, or 0 when the table is full; then the descriptor stays the caller's. Call
    /// <see cref="TakeIdleDescriptor"/> afterwards.
    /// </returns>
    public int Add(int descriptor, HandleKind kind, ReadOnlySpan<byte> path, ulong inode, int slot)
    {
        lock (_lock)
        {
            int index = FindFree();
            index = index == NoEntry && GiveUpLeakedEntry() ? FindFree() : index;
            if (index == NoEntry)
            {
                return 0;
            }

            ref FileHandleEntry entry = ref _entries[index];
            entry.Handle = FileHandle.Next(entry.Handle, kind, index);
            entry.SetName(path);
            entry.Inode = inode;
            entry.Position = 0;
            entry.NameIsGone = 0;
            entry.Slot = slot;
            Volatile.Write(ref entry.State, (int)FileHandleState.Open);
            _descriptors[index] = descriptor;
            _unsynced[index] = false;
            _lastUse[index] = ++_clock;
            _entryOfSlot[slot] = index;
            OpenCount++;
            return entry.Handle;
        }
    }

    /// <summary>Closes a handle for the request in a slot.</summary>
    /// <param name="handle">The handle as the secure world sent it.</param>
    /// <param name="kind">What it must be.</param>
    /// <param name="slot">The slot of the request.</param>
    /// <param name="descriptor">A descriptor that the caller must close now, or -1.</param>
    /// <returns>False if there is no such handle.</returns>
    public bool TryClose(ulong handle, HandleKind kind, int slot, out int descriptor)
    {
        lock (_lock)
        {
            int index = Find(handle, kind);
            descriptor = NoDescriptor;
            if (index == NoEntry)
            {
                return false;
            }

            ref FileHandleEntry entry = ref _entries[index];
            if (entry.Slot is >= 0 && entry.Slot != slot && _entryOfSlot[entry.Slot] == index)
            {
                // The secure world knows the handle, so the request that opened it was answered.
                _entryOfSlot[entry.Slot] = NoEntry;
            }

            entry.Slot = slot;
            Volatile.Write(ref entry.State, (int)FileHandleState.Closed);
            _entryOfSlot[slot] = index;
            _closing[index] = true;
            OpenCount--;
            descriptor = TakeUnusedDescriptor(index);
            return true;
        }
    }

    /// <summary>The request in a slot has been answered: what it opened stays open, what it closed is free.</summary>
    public void Settle(int slot)
    {
        lock (_lock)
        {
            int index = _entryOfSlot[slot];
            if (index == NoEntry)
            {
                return;
            }

            _entryOfSlot[slot] = NoEntry;
            ref FileHandleEntry entry = ref _entries[index];
            entry.Slot = FileHandleEntry.NoSlot;
            if (entry.State == (int)FileHandleState.Closed)
            {
                Volatile.Write(ref entry.State, (int)FileHandleState.Free);
            }
        }
    }

    /// <summary>What the table remembers of an acquired file; valid until it is released.</summary>
    public ref FileHandleEntry this[OpenFile file] => ref _entries[file.Index];

    /// <summary>A file has a new name: open handles follow it.</summary>
    public void Rename(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        if (from.SequenceEqual(to))
        {
            return;
        }

        lock (_lock)
        {
            MarkGone(to);
            for (int index = 0; index < _descriptors.Length; index++)
            {
                if (IsOpenAs(index, from))
                {
                    _entries[index].SetName(to);
                }
            }
        }
    }

    /// <summary>A name was removed: handles on it go on, but can never be opened by that name again.</summary>
    public void Remove(ReadOnlySpan<byte> path)
    {
        lock (_lock)
        {
            MarkGone(path);
        }
    }

    private void MarkGone(ReadOnlySpan<byte> path)
    {
        for (int index = 0; index < _descriptors.Length; index++)
        {
            if (IsOpenAs(index, path))
            {
                // Nobody can open the file any more, so nothing of it needs to be durable.
                _entries[index].NameIsGone = 1;
                _unsynced[index] = false;
            }
        }
    }

    private bool IsOpenAs(int index, ReadOnlySpan<byte> path)
    {
        ref FileHandleEntry entry = ref _entries[index];
        return entry.State == (int)FileHandleState.Open && entry.NameIsGone == 0 && entry.GetName().SequenceEqual(path);
    }

    private int Find(ulong handle, HandleKind kind)
    {
        return FileHandle.TryParse(handle, kind, out int index)
            && index < _descriptors.Length
            && _entries[index].State == (int)FileHandleState.Open
            && _entries[index].Handle == (int)handle
            ? index
            : NoEntry;
    }

    // Not the lowest free entry but the one that was free longest, so that a stale handle stays unknown for long.
    private int FindFree()
    {
        for (int step = 0; step < _descriptors.Length; step++)
        {
            int index = (_next + step) % _descriptors.Length;
            if (_entries[index].State == (int)FileHandleState.Free && _users[index] == 0)
            {
                _next = index + 1;
                _closing[index] = false;
                return index;
            }
        }

        return NoEntry;
    }

    private void Format()
    {
        for (int index = 0; index < _descriptors.Length; index++)
        {
            _entries[index] = default;
            _entries[index].Slot = FileHandleEntry.NoSlot;
            _entries[index].Handle = FileHandle.Seed();
        }
    }
}
