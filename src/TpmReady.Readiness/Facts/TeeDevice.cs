// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;

namespace TpmReady.Readiness.Facts;

/// <summary>A TEE device, as <c>/sys/class/tee</c> shows it.</summary>
/// <param name="Name"><c>tee0</c> for clients, <c>teepriv0</c> for the supplicant.</param>
/// <param name="Implementation">TEE_IMPL_ID_*: 1 is OP-TEE; null if the kernel does not say (before 4.12).</param>
/// <param name="RpmbRouting"><c>user</c> or <c>kernel</c>; null before Linux 6.12.</param>
public sealed record TeeDevice(string Name, int? Implementation, string? RpmbRouting)
{
    private const string Class = "sys/class/tee";
    private const int OpteeImplementation = 1;

    /// <summary>Whether this is the device that a supplicant opens.</summary>
    public bool IsForSupplicant => Name.StartsWith("teepriv", StringComparison.Ordinal);

    /// <summary>Whether OP-TEE is behind it.</summary>
    public bool IsOptee => Implementation is OpteeImplementation or null;

    /// <summary>Whether the kernel itself can reach the RPMB for OP-TEE.</summary>
    public bool IsRpmbRoutedByKernel => RpmbRouting is "kernel";

    /// <summary>Reads all of them.</summary>
    public static IReadOnlyList<TeeDevice> ReadAll(FactTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        List<TeeDevice> devices = [];
        foreach (string name in tree.List(Class))
        {
            if (name.StartsWith("tee", StringComparison.Ordinal))
            {
                string? id = tree.ReadText($"{Class}/{name}/implementation_id");
                devices.Add(new TeeDevice(
                    name,
                    int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null,
                    tree.ReadText($"{Class}/{name}/rpmb_routing_model")));
            }
        }

        return devices;
    }
}
