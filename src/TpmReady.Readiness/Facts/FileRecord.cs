// SPDX-License-Identifier: MIT

namespace TpmReady.Readiness.Facts;

/// <summary>What a file is, and whose; it was not opened to tell.</summary>
/// <param name="Mode">Type and permissions (st_mode).</param>
/// <param name="Owner">The owner's user id.</param>
/// <param name="Group">The group's id.</param>
public sealed record FileRecord(int Mode, uint Owner, uint Group)
{
    private const int TypeMask = 0xf000;
    private const int DirectoryType = 0x4000;
    private const int RegularType = 0x8000;

    /// <summary>Whether this is a directory.</summary>
    public bool IsDirectory => (Mode & TypeMask) == DirectoryType;

    /// <summary>Whether this is a file that can be executed.</summary>
    public bool IsProgram => (Mode & TypeMask) == RegularType && (Mode & 0x49) != 0;

    /// <summary>Whether anybody but the owner may write.</summary>
    public bool IsWritableByOthers => (Mode & 0x12) != 0;

    /// <summary>Whether those who are neither owner nor in the group may do anything.</summary>
    public bool IsOpenToAll => (Mode & 0x7) != 0;

    /// <summary>Whether anybody but the owner may do anything.</summary>
    public bool IsAccessibleByOthers => (Mode & 0x3f) != 0;

    /// <summary>The permissions in octal, as chmod(1) takes them.</summary>
    public string Permissions => System.Convert.ToString(Mode & 0xfff, 8).PadLeft(4, '0');
}
