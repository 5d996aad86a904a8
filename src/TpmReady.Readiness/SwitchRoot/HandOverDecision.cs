// SPDX-License-Identifier: MIT

using System;
using System.Globalization;

namespace TpmReady.Readiness.SwitchRoot;

/// <summary>
/// Whether the TPM stays bound while the root is switched: its commands then wait for the host's supplicant. Else it is
/// unbound and bound again, which is right everywhere, but ends what has the TPM open.
/// </summary>
/// <param name="IsHandedOver">Whether it stays bound.</param>
/// <param name="Reason">Why, as one sentence for the log.</param>
public sealed record HandOverDecision(bool IsHandedOver, string Reason)
{
    // The first that keeps descriptors of a unit that is stopped (FileDescriptorStorePreserve=, systemd.service(5)).
    private const int FirstSystemd = 254;

    /// <summary>Decides.</summary>
    public static HandOverDecision About(HandOverFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        return Obstacle(facts) is { } obstacle
            ? new HandOverDecision(false, $"The TPM is unbound until the host has it: {obstacle}.")
            : new HandOverDecision(true, "The TPM stays bound: the host's supplicant goes on where this one stops.");
    }

    private static string? Obstacle(HandOverFacts facts) => facts switch
    {
        { Setting: false } => $"{HandOverFacts.Name}=no says so",
        { KeptDevice: null } or { IsStateKept: false } =>
            "the service manager keeps nothing of the supplicant (FileDescriptorStoreMax=, --handover)",
        { HostUnit: null } => "the host has no tee-supplicant@.service that would go on",
        { HostKeepsDescriptors: false } =>
            $"{facts.HostUnit} takes no descriptors (FileDescriptorStoreMax=)",
        { HostSystemd: 0 } => "the host's version of systemd cannot be found out",
        { HostSystemd: < FirstSystemd } => string.Create(
            CultureInfo.InvariantCulture,
            $"the host's systemd {facts.HostSystemd} cannot keep it; {FirstSystemd} and newer can"),
        { MayKernelMeasure: true, Setting: not true } =>
            "the kernel may measure programs with it before the host serves it (IMA)",
        _ => null,
    };
}
