// SPDX-License-Identifier: MIT

namespace TpmReady.Readiness.Decisions;

/// <summary>A device and the driver that belongs to it.</summary>
/// <param name="Bus"><c>tee</c> or <c>platform</c>.</param>
/// <param name="Driver">The driver's name in sysfs.</param>
/// <param name="Device">The device's name on the bus.</param>
public sealed record DriverTarget(string Bus, string Driver, string Device)
{
    /// <summary>The driver's directory, beneath the root.</summary>
    public string DriverDirectory => $"sys/bus/{Bus}/drivers/{Driver}";

    /// <summary>The device's directory, beneath the root.</summary>
    public string DeviceDirectory => $"sys/bus/{Bus}/devices/{Device}";
}
