// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Linux.Interop;

/// <summary>
/// The fields that we read of struct statx, 256 bytes on every architecture (include/uapi/linux/stat.h). Unlike struct
/// stat its layout does not depend on the architecture or on glibc's version.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct StatxBuffer
{
    /// <summary>STATX_BASIC_STATS.</summary>
    internal const uint BasicMask = 0x7ff;

    [FieldOffset(16)]
    internal uint Links;

    [FieldOffset(20)]
    internal uint Owner;

    [FieldOffset(24)]
    internal uint Group;

    [FieldOffset(28)]
    internal ushort Mode;

    [FieldOffset(32)]
    internal ulong Inode;

    [FieldOffset(40)]
    internal ulong Size;

    /// <summary>Of the device that this file is.</summary>
    [FieldOffset(128)]
    internal uint SpecialMajor;

    [FieldOffset(132)]
    internal uint SpecialMinor;

    /// <summary>Of the file system that this file is on.</summary>
    [FieldOffset(136)]
    internal uint DeviceMajor;

    [FieldOffset(140)]
    internal uint DeviceMinor;
}
