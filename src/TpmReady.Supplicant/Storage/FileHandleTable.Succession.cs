// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;

namespace TpmReady.Supplicant.Storage;

/// <content>How the table goes from one process to the next. Descriptors do not: files are opened again by name.</content>
internal sealed unsafe partial class FileHandleTable
{
    /// <summary>
    /// The request in a slot is as if it had not been, for the process that served it died and it is served anew: what it
    /// opened was never known to anybody, what it closed is open.
    /// </summary>
    public void Forget(int slot)
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
            bool wasClosed = entry.State == (int)FileHandleState.Closed;
            entry.Slot = FileHandleEntry.NoSlot;
            entry.State = (int)(wasClosed ? FileHandleState.Open : FileHandleState.Free);
            OpenCount += wasClosed ? 1 : -1;
        }
    }

    /// <summary>
    /// Takes all descriptors out, when another table goes on with the same memory. The caller closes them.
    /// </summary>
    public List<int> TakeDescriptors()
    {
        lock (_lock)
        {
            List<int> taken = [.. _descriptors.Where(static each => each != NoDescriptor)];
            Array.Fill(_descriptors, NoDescriptor);
            return taken;
        }
    }

    private void Adopt()
    {
        for (int index = 0; index < _descriptors.Length; index++)
        {
            ref FileHandleEntry entry = ref _entries[index];
            bool isOpen = entry.State == (int)FileHandleState.Open;
            OpenCount += isOpen ? 1 : 0;

            // Whatever the predecessor wrote may still be in memory only.
            _unsynced[index] =
                isOpen && entry.NameIsGone == 0 && FileHandle.KindOf(entry.Handle) == HandleKind.File;
            if (entry.State != (int)FileHandleState.Free && entry.Slot >= 0 && entry.Slot < _entryOfSlot.Length)
            {
                _entryOfSlot[entry.Slot] = index;
            }
        }
    }
}
