// SPDX-License-Identifier: MIT

namespace TpmReady.Board.Tests;

/// <summary>Scripts that wait in the guest, with an end.</summary>
internal static class Wait
{
    /// <summary>Succeeds when a path exists; fails with a word about it after two minutes.</summary>
    public static string ForNode(string path) => ForSuccess($"[ -e {path} ]", $"{path} did not appear");

    /// <summary>The drivers of the board's eMMC, and its RPMB.</summary>
    public static string ForCard => "modprobe -a sdhci-pci mmc_block && " + ForNode("/dev/mmcblk0rpmb");

    /// <summary>Succeeds when a command does; fails with a word about it after two minutes.</summary>
    public static string ForSuccess(string command, string complaint) =>
        $"(for i in $(seq 600); do {command} && exit 0; sleep 0.2; done; echo '{complaint}'; exit 1)";
}
