// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Supplicant.Arena;

/// <summary>
/// One object of shared memory, 32 bytes. <see cref="State"/> is written last, and says whether the rest counts.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SharedMemoryEntry
{
    /// <summary>A <see cref="SharedMemoryState"/>.</summary>
    public int State;

    /// <summary>The kernel's id.</summary>
    public int Id;

    /// <summary>
    /// Where the object lies in the arena; if the driver allocated it, the range that stands for it there.
    /// </summary>
    public long Offset;

    /// <summary>Its length in bytes.</summary>
    public long Length;

    /// <summary>
    /// The number plus one of the slot whose unanswered request allocated or freed the object; 0 for none.
    /// </summary>
    public int PendingSlot;

    /// <summary>A set of <see cref="Pooled"/> and <see cref="Driver"/>.</summary>
    public int Flags;

    /// <summary>The object stays registered when the secure world frees it, and is given out again.</summary>
    public const int Pooled = 1;

    /// <summary>The driver allocated the memory (no TEE_GEN_CAP_REG_MEM); it is not part of the arena.</summary>
    public const int Driver = 2;

    /// <summary>Whether the object stays registered when it is freed.</summary>
    public readonly bool IsPooled => (Flags & Pooled) != 0;

    /// <summary>Whether the memory is the driver's.</summary>
    public readonly bool IsDriver => (Flags & Driver) != 0;
}
