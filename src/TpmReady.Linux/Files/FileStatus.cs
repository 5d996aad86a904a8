// SPDX-License-Identifier: MIT

namespace TpmReady.Linux.Files;

/// <summary>What statx tells about an open file.</summary>
/// <param name="Mode">Type and permissions (st_mode).</param>
/// <param name="Owner">The owner's user id.</param>
/// <param name="Inode">The inode's number.</param>
/// <param name="Size">The length in bytes.</param>
/// <param name="Device">The device number as dev_t has it.</param>
internal readonly record struct FileStatus(ushort Mode, uint Owner, ulong Inode, long Size, ulong Device)
{
    private const int TypeMask = 0xf000;
    private const int RegularType = 0x8000;
    private const int DirectoryType = 0x4000;

    /// <summary>How many names the file has.</summary>
    public uint Links { get; init; }

    /// <summary>Whether this is a regular file.</summary>
    public bool IsRegular => (Mode & TypeMask) == RegularType;

    /// <summary>Whether this is a directory.</summary>
    public bool IsDirectory => (Mode & TypeMask) == DirectoryType;

    /// <summary>Whether anybody but the owner may write.</summary>
    public bool IsWritableByOthers => (Mode & 0x12) != 0;

    /// <summary>Whether anybody but the owner may do anything.</summary>
    public bool IsAccessibleByOthers => (Mode & 0x3f) != 0;
}
