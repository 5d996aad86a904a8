// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Device;

/// <summary>Where to look for the device, and for how long.</summary>
public sealed record DiscoveryOptions
{
    /// <summary>
    /// The only node to try; null tries /dev/teepriv0 to 15 (the kernel has room for 16, tee_core.c).
    /// </summary>
    public string? Path { get; init; }

    /// <summary>
    /// How long to wait for a suitable node. The default covers a unit that starts while udev still loads the driver,
    /// as Debian's does. Negative waits for ever.
    /// </summary>
    public TimeSpan WaitForDevice { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long to wait while another supplicant has the node: a predecessor may still be draining. Negative waits for
    /// ever.
    /// </summary>
    public TimeSpan WaitWhileBusy { get; init; } = TimeSpan.FromSeconds(30);
}
