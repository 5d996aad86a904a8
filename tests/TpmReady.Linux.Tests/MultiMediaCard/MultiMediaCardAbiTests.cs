// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using TpmReady.Linux.MultiMediaCard;

namespace TpmReady.Linux.Tests.MultiMediaCard;

/// <summary>Our numbers and layouts are the kernel's: the compiler says so.</summary>
public sealed class MultiMediaCardAbiTests
{
    [Test]
    public async Task Numbers_sizes_and_offsets_are_those_of_the_header()
    {
        Dictionary<string, ulong> ours = Ours();
        Dictionary<string, ulong> theirs = CompiledHeader.Evaluate(
            ["sys/ioctl.h", "linux/major.h", "linux/mmc/ioctl.h"], ours.Keys);

        await Assert.That(Lines(ours)).IsEqualTo(Lines(theirs));
    }

    private static Dictionary<string, ulong> Ours() => new(StringComparer.Ordinal)
    {
        ["MMC_IOC_MULTI_CMD"] = MultiMediaCardAbi.MultiCommand,
        ["MMC_IOC_MAX_BYTES"] = MultiMediaCardAbi.MaximumTransfer,
        ["sizeof(struct mmc_ioc_cmd)"] = (ulong)Unsafe.SizeOf<MultiMediaCardAbi.Command>(),
        ["offsetof(struct mmc_ioc_cmd, write_flag)"] = Offset("WriteFlag"),
        ["offsetof(struct mmc_ioc_cmd, is_acmd)"] = Offset("IsApplicationCommand"),
        ["offsetof(struct mmc_ioc_cmd, opcode)"] = Offset("Opcode"),
        ["offsetof(struct mmc_ioc_cmd, arg)"] = Offset("Argument"),
        ["offsetof(struct mmc_ioc_cmd, response)"] = Offset("Response"),
        ["offsetof(struct mmc_ioc_cmd, flags)"] = Offset("Flags"),
        ["offsetof(struct mmc_ioc_cmd, blksz)"] = Offset("BlockSize"),
        ["offsetof(struct mmc_ioc_cmd, blocks)"] = Offset("Blocks"),
        ["offsetof(struct mmc_ioc_cmd, postsleep_min_us)"] = Offset("PostSleepMinimumMicroseconds"),
        ["offsetof(struct mmc_ioc_cmd, postsleep_max_us)"] = Offset("PostSleepMaximumMicroseconds"),
        ["offsetof(struct mmc_ioc_cmd, data_timeout_ns)"] = Offset("DataTimeoutNanoseconds"),
        ["offsetof(struct mmc_ioc_cmd, cmd_timeout_ms)"] = Offset("CommandTimeoutMilliseconds"),
        ["offsetof(struct mmc_ioc_cmd, data_ptr)"] = Offset("DataPointer"),
        ["offsetof(struct mmc_ioc_multi_cmd, num_of_cmds)"] = 0,
        ["offsetof(struct mmc_ioc_multi_cmd, cmds)"] =
            (ulong)Marshal.OffsetOf<MultiMediaCardAbi.ThreeCommands>("First"),
    };

    private static ulong Offset(string field) => (ulong)Marshal.OffsetOf<MultiMediaCardAbi.Command>(field);

    private static string Lines(Dictionary<string, ulong> values) =>
        string.Join('\n', values.Select(static pair => $"{pair.Key} = 0x{pair.Value:X}"));
}
