// SPDX-License-Identifier: MIT

namespace TpmReady.Linux.MultiMediaCard;

/// <summary>What is asked of an eMMC's driver beyond files. Tests put a card of their own here.</summary>
internal unsafe interface IMultiMediaCard
{
    /// <summary>MMC_IOC_MULTI_CMD: one to three commands, with no other in between.</summary>
    /// <param name="descriptor">An open /dev/mmcblkNrpmb.</param>
    /// <param name="commands">The commands.</param>
    /// <returns>0 or a negative error number; then it is unknown how far the commands came.</returns>
    int Execute(int descriptor, MultiMediaCardAbi.ThreeCommands* commands);
}
