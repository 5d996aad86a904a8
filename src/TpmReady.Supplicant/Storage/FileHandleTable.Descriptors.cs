// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Storage;

/// <content>
/// The descriptors behind the handles. Killed clients leave handles that nobody closes, for the kernel drops their
/// CLOSE (a dying thread does not wait in optee_supp_thrd_req), so descriptors that were not used for long are closed
/// and opened again by name.
/// </content>
internal sealed unsafe partial class FileHandleTable
{
    /// <summary>More than OP-TEE ever has in use: its heap is some 64 to 128 KiB, and an open object takes kilobytes
    /// of it.</summary>
    public const int DefaultIdleDescriptors = 64;

    private const int NoDescriptor = -1;

    private readonly int[] _descriptors;
    private readonly int[] _users;
    private readonly bool[] _closing;
    private readonly bool[] _unsynced;
    private readonly long[] _lastUse;
    private readonly int _idleDescriptors;
    private int _orphan = NoDescriptor;
    private long _clock;

    /// <summary>Finds an open file and keeps its descriptor open until <see cref="Release"/>.</summary>
    public bool TryAcquire(ulong handle, HandleKind kind, out OpenFile file)
    {
        lock (_lock)
        {
            int index = Find(handle, kind);
            file = index == NoEntry ? default : Acquire(index);
            return index != NoEntry;
        }
    }

    /// <summary>
    /// Finds an open file of a name that has no descriptor, so that it can be opened while the name still leads to it.
    /// </summary>
    public bool TryAcquireUnopened(ReadOnlySpan<byte> path, out OpenFile file)
    {
        lock (_lock)
        {
            for (int index = 0; index < _descriptors.Length; index++)
            {
                if (_descriptors[index] == NoDescriptor && IsOpenAs(index, path))
                {
                    file = Acquire(index);
                    return true;
                }
            }

            file = default;
            return false;
        }
    }

    /// <summary>Finds an open file with writes that are not durable.</summary>
    /// <param name="from">Where to go on; 0 at the start.</param>
    /// <param name="file">The file, acquired.</param>
    public bool TryAcquireUnsynced(ref int from, out OpenFile file)
    {
        lock (_lock)
        {
            while (from < _descriptors.Length)
            {
                int index = from++;
                if (_unsynced[index] && _entries[index].State == (int)FileHandleState.Open)
                {
                    file = Acquire(index);
                    return true;
                }
            }

            file = default;
            return false;
        }
    }

    /// <summary>Whether an acquired file has writes that are not durable.</summary>
    public bool IsUnsynced(OpenFile file) => _unsynced[file.Index];

    /// <summary>Notes whether an acquired file has writes that are not durable.</summary>
    public void SetUnsynced(OpenFile file, bool unsynced)
    {
        lock (_lock)
        {
            _unsynced[file.Index] = unsynced && _entries[file.Index].NameIsGone == 0;
        }
    }

    /// <summary>Gives a file back.</summary>
    /// <returns>A descriptor that the caller must close now, or -1.</returns>
    public int Release(OpenFile file)
    {
        lock (_lock)
        {
            _users[file.Index]--;
            return _closing[file.Index] ? TakeUnusedDescriptor(file.Index) : NoDescriptor;
        }
    }

    /// <summary>Enters the descriptor of an acquired file that has none.</summary>
    /// <returns>The descriptor to use: another thread may have been faster, then the caller closes its own.</returns>
    public int Attach(OpenFile file, int descriptor)
    {
        lock (_lock)
        {
            if (_descriptors[file.Index] == NoDescriptor)
            {
                _descriptors[file.Index] = descriptor;
            }

            return _descriptors[file.Index];
        }
    }

    /// <summary>
    /// The descriptor that was not used for longest, when there are more than enough; its handle stays valid. Never one
    /// of a file that could not be opened again, or that has writes that are not durable: their errors would be lost.
    /// </summary>
    /// <returns>A descriptor that the caller must close now, or -1. Call again until it is -1.</returns>
    public int TakeIdleDescriptor()
    {
        lock (_lock)
        {
            if (_orphan != NoDescriptor)
            {
                (int orphan, _orphan) = (_orphan, NoDescriptor);
                return orphan;
            }

            int count = 0;
            int oldest = NoEntry;
            for (int index = 0; index < _descriptors.Length; index++)
            {
                if (_descriptors[index] == NoDescriptor || _entries[index].NameIsGone != 0)
                {
                    continue;
                }

                count++;
                bool isIdle = _users[index] == 0 && !_unsynced[index];
                oldest = isIdle && (oldest == NoEntry || _lastUse[index] < _lastUse[oldest]) ? index : oldest;
            }

            return count > _idleDescriptors && oldest != NoEntry ? TakeUnusedDescriptor(oldest) : NoDescriptor;
        }
    }

    private OpenFile Acquire(int index)
    {
        _users[index]++;
        _lastUse[index] = ++_clock;
        return new OpenFile(index, _descriptors[index]);
    }

    private int TakeUnusedDescriptor(int index)
    {
        if (_users[index] > 0)
        {
            return NoDescriptor;
        }

        int descriptor = _descriptors[index];
        _descriptors[index] = NoDescriptor;
        return descriptor;
    }

    /// <summary>
    /// Makes room in a full table. OP-TEE has not the memory for so many open files, so most handles were left by
    /// killed clients. The one that goes is the longest unused of those that can hardly be in use: its file is
    /// unlinked, or was opened again later.
    /// </summary>
    private bool GiveUpLeakedEntry()
    {
        int oldest = NoEntry;
        for (int index = 0; index < _descriptors.Length; index++)
        {
            ref FileHandleEntry entry = ref _entries[index];
            if (entry.State == (int)FileHandleState.Open
                && entry.Slot < 0
                && _users[index] == 0
                && !_unsynced[index]
                && (oldest == NoEntry || _lastUse[index] < _lastUse[oldest])
                && (entry.NameIsGone != 0 || IsOpenLater(index)))
            {
                oldest = index;
            }
        }

        if (oldest == NoEntry || _orphan != NoDescriptor)
        {
            return false;
        }

        _orphan = TakeUnusedDescriptor(oldest);
        _entries[oldest].State = (int)FileHandleState.Free;
        OpenCount--;
        return true;
    }

    private bool IsOpenLater(int than)
    {
        ref FileHandleEntry entry = ref _entries[than];
        for (int index = 0; index < _descriptors.Length; index++)
        {
            if (_lastUse[index] > _lastUse[than]
                && _entries[index].Inode == entry.Inode
                && IsOpenAs(index, entry.GetName()))
            {
                return true;
            }
        }

        return false;
    }
}
