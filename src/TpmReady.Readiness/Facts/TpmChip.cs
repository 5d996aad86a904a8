// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;

namespace TpmReady.Readiness.Facts;

/// <summary>A TPM that a driver has registered; nothing here sends it a command.</summary>
/// <param name="Number">The N of <c>tpmN</c>.</param>
/// <param name="Version">1 or 2; null if the kernel does not say, as for chips in firmware upgrade mode.</param>
/// <param name="HasResourceManager">Whether <c>tpmrmN</c> exists.</param>
/// <param name="Device">The device that the chip is on; null for the virtual TPMs of tpm_vtpm_proxy.</param>
/// <param name="Driver">The driver of that device, or null.</param>
public sealed record TpmChip(int Number, int? Version, bool HasResourceManager, string? Device, string? Driver)
{
    private const string Class = "sys/class/tpm";

    /// <summary>The chip's name, <c>tpmN</c>.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"tpm{Number}");

    /// <summary>The name of the node for users, <c>tpmrmN</c>; null without a resource manager.</summary>
    public string? NodeName =>
        HasResourceManager ? string.Create(CultureInfo.InvariantCulture, $"tpmrm{Number}") : null;

    /// <summary>Whether it is the one in OP-TEE.</summary>
    public bool IsFirmwareTpm => TpmDrivers.IsFirmwareTpm(Driver);

    /// <summary>
    /// Whether the kernel registered it without a resource manager and a version: it takes a failing TPM for one that
    /// waits for a firmware upgrade (tpm2-cmd.c, TPM_CHIP_FLAG_FIRMWARE_UPGRADE, Linux 6.1).
    /// </summary>
    public bool IsInUpgradeMode => Version is null && !HasResourceManager;

    /// <summary>Reads all of them.</summary>
    public static IReadOnlyList<TpmChip> ReadAll(FactTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        List<TpmChip> chips = [];
        foreach (string name in tree.List(Class))
        {
            if (!TryParseNumber(name, "tpm", out int number))
            {
                continue;
            }

            string? version = tree.ReadText($"{Class}/{name}/tpm_version_major");
            chips.Add(new TpmChip(
                number,
                version switch { "1" => 1, "2" => 2, _ => null },
                tree.Exists(string.Create(CultureInfo.InvariantCulture, $"sys/class/tpmrm/tpmrm{number}")),
                tree.LinkName($"{Class}/{name}/device"),
                tree.LinkName($"{Class}/{name}/device/driver")));
        }

        return chips;
    }

    private static bool TryParseNumber(string name, string prefix, out int number)
    {
        number = 0;
        return name.StartsWith(prefix, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
