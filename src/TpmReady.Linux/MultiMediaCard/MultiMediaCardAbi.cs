// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Linux.MultiMediaCard;

/// <summary>
/// The kernel's pass-through to an eMMC: numbers and layouts of include/uapi/linux/mmc/ioctl.h, the same for 32 and 64
/// bits, in native byte order. A test compiles the header and compares.
/// </summary>
internal static class MultiMediaCardAbi
{
    /// <summary>MMC_IOC_MULTI_CMD, with <see cref="ThreeCommands"/>: runs the commands with no others in between.</summary>
    public const uint MultiCommand = 0xC008B301;

    /// <summary>The most bytes that one command may transfer (MMC_IOC_MAX_BYTES).</summary>
    public const int MaximumTransfer = 512 * 1024;

    /// <summary>CMD18, MMC_READ_MULTIPLE_BLOCK (include/linux/mmc/mmc.h).</summary>
    public const uint ReadMultipleBlock = 18;

    /// <summary>CMD25, MMC_WRITE_MULTIPLE_BLOCK.</summary>
    public const uint WriteMultipleBlock = 25;

    /// <summary>
    /// Response R1 and a data transfer: MMC_RSP_PRESENT, MMC_RSP_CRC, MMC_RSP_OPCODE and MMC_CMD_ADTC of
    /// include/linux/mmc/core.h, which user space passes through as they are.
    /// </summary>
    public const uint ResponseWithData = 0x35;

    /// <summary>write_flag of a transfer to the card.</summary>
    public const int Write = 1;

    /// <summary>
    /// write_flag of a reliable write: bit 31 goes into the argument of CMD23 (__mmc_blk_ioctl_cmd in
    /// drivers/mmc/core/block.c).
    /// </summary>
    public const int ReliableWrite = unchecked((int)0x80000001);

    /// <summary>The size of a sector and of an RPMB frame, in bytes.</summary>
    public const int BlockSize = 512;

    /// <summary><c>struct mmc_ioc_cmd</c>, 72 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public unsafe struct Command
    {
        public int WriteFlag;
        public int IsApplicationCommand;
        public uint Opcode;
        public uint Argument;
        public fixed uint Response[4];
        public uint Flags;
        public uint BlockSize;
        public uint Blocks;
        public uint PostSleepMinimumMicroseconds;
        public uint PostSleepMaximumMicroseconds;
        public uint DataTimeoutNanoseconds;
        public uint CommandTimeoutMilliseconds;
        public uint Padding;
        public ulong DataPointer;
    }

    /// <summary><c>struct mmc_ioc_multi_cmd</c> with room for the three commands of an RPMB write.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ThreeCommands
    {
        public ulong Count;
        public Command First;
        public Command Second;
        public Command Third;
    }
}
