// SPDX-License-Identifier: MIT

using System;
using System.Runtime.InteropServices;

namespace TpmReady.Supplicant.Storage;

/// <summary>
/// One open file as the arena keeps it, 512 bytes: everything that a later process needs to go on with the handle.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = Size)]
internal unsafe struct FileHandleEntry
{
    /// <summary>The size of an entry in bytes.</summary>
    public const int Size = 512;

    /// <summary>In <see cref="Slot"/>: no request is under way that opened or closed the file.</summary>
    public const int NoSlot = -1;

    /// <summary>A <see cref="FileHandleState"/>; always written last, so that an entry is whole or not there.</summary>
    public int State;

    /// <summary>The handle that the secure world knows.</summary>
    public int Handle;

    /// <summary>The arena slot whose request opened or closed the file and is not answered yet.</summary>
    public int Slot;

    /// <summary>1 when the name no longer leads to the file: removed, or replaced by another.</summary>
    public int NameIsGone;

    /// <summary>The inode's number, so that a reopened name is known to be the same file.</summary>
    public ulong Inode;

    /// <summary>A directory: where the listing goes on, as the last record gave it.</summary>
    public long Position;

    /// <summary>The length of the name in bytes.</summary>
    public int NameLength;

    private fixed byte _name[StoragePath.BufferSize];

    /// <summary>The path relative to the storage root.</summary>
    public ReadOnlySpan<byte> GetName()
    {
        // The arena may have been written by an older process: its length is not trusted.
        int length = Math.Clamp(NameLength, 0, StoragePath.MaximumLength);
        fixed (byte* name = _name)
        {
            return new ReadOnlySpan<byte>(name, length);
        }
    }

    /// <summary>Sets the path; at most <see cref="StoragePath.MaximumLength"/> bytes.</summary>
    public void SetName(ReadOnlySpan<byte> path)
    {
        fixed (byte* name = _name)
        {
            path.CopyTo(new Span<byte>(name, StoragePath.MaximumLength));
            name[path.Length] = 0;
        }

        NameLength = path.Length;
    }
}
