// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;

namespace TpmReady.Readiness.Facts;

/// <summary>A platform device that is, or may become, a TPM.</summary>
/// <param name="Name">The device's name on the platform bus.</param>
/// <param name="Compatible">What the device tree calls it; null if it comes from elsewhere.</param>
/// <param name="Driver">The driver that is bound to it, or null.</param>
public sealed record PlatformTpm(string Name, string? Compatible, string? Driver)
{
    private const string Bus = "sys/bus/platform/devices";
    private const string CompatibleKey = "OF_COMPATIBLE_0=";

    /// <summary>Whether it is the firmware TPM in OP-TEE.</summary>
    public bool IsFirmwareTpm => Compatible is TpmDrivers.FirmwareTpmCompatible;

    /// <summary>
    /// Reads all of them. A board has hundreds of platform devices, so only those whose name says TPM are looked at:
    /// of_device_make_bus_id (drivers/of/device.c) makes names of the node's, and a TPM's node is called tpm or ftpm.
    /// </summary>
    public static IReadOnlyList<PlatformTpm> ReadAll(FactTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        List<PlatformTpm> devices = [];
        foreach (string name in tree.List(Bus))
        {
            if (name.Contains("tpm", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith(AcpiFacts.DeviceIdentifier, StringComparison.Ordinal))
            {
                devices.Add(new PlatformTpm(
                    name,
                    ReadCompatible(tree.ReadText($"{Bus}/{name}/uevent")),
                    tree.LinkName($"{Bus}/{name}/driver")));
            }
        }

        return devices;
    }

    private static string? ReadCompatible(string? uevent)
    {
        foreach (ReadOnlySpan<char> line in (uevent ?? "").AsSpan().EnumerateLines())
        {
            if (line.StartsWith(CompatibleKey, StringComparison.Ordinal))
            {
                return line[CompatibleKey.Length..].ToString();
            }
        }

        return null;
    }
}
