// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;

namespace TpmReady.Readiness.Facts;

/// <summary>A trusted application (TA) that OP-TEE announced as a device on the TEE bus.</summary>
/// <param name="Name">The device, <c>optee-ta-UUID</c>.</param>
/// <param name="Driver">The driver that is bound to it, or null.</param>
/// <param name="NeedsSupplicant">Whether it appeared when a supplicant opened its device, and says so by the file
/// <c>need_supplicant</c> (Linux 6.7 and stable releases since).</param>
public sealed record TeeApplication(string Name, string? Driver, bool NeedsSupplicant)
{
    private const string Bus = "sys/bus/tee/devices";

    /// <summary>Whether this is the firmware TPM.</summary>
    public bool IsFirmwareTpm => string.Equals(Name, TpmDrivers.FirmwareTpmDevice, StringComparison.Ordinal);

    /// <summary>Reads all of them.</summary>
    public static IReadOnlyList<TeeApplication> ReadAll(FactTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        List<TeeApplication> applications = [];
        foreach (string name in tree.List(Bus))
        {
            applications.Add(new TeeApplication(
                name, tree.LinkName($"{Bus}/{name}/driver"), tree.Exists($"{Bus}/{name}/need_supplicant")));
        }

        return applications;
    }
}
