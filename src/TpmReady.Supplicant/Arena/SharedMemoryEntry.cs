// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Supplicant.Arena;

/// <summary>One object of shared memory, 32 bytes. <see cref="State"/> is written last, and says whether the rest counts.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SharedMemoryEntry
{
    /// <summary>A <see cref="SharedMemoryState"/>.</summary>
    public int State;

    /// <summary>The kernel's id.</summary>
    public int Id;

    /// <summary>Where the object lies in the arena; -1 if the driver allocated it.</summary>
    public long Offset;

    /// <summary>Its length in bytes.</summary>
    public long Length;

    /// <summary>The number plus one of the slot whose unanswered request allocated or freed the object; 0 for none.</summary>
    public int PendingSlot;

    /// <summary>Whether the object belongs to the pool and goes back there (1) or ends when it is freed (0).</summary>
    public int IsPooled;
}
