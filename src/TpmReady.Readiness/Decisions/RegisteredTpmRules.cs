// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Decisions;

/// <summary>TPMs that a driver has registered and that need nothing of ours.</summary>
internal static class RegisteredTpmRules
{
    /// <summary>A decision, or null if no such TPM is registered, or none that settles the matter.</summary>
    public static Decision? Decide(MachineFacts facts)
    {
        TpmChip? second = null;
        TpmChip? first = null;
        TpmChip? upgrading = null;
        foreach (TpmChip chip in facts.Chips)
        {
            second ??= chip.Version == 2 ? chip : null;
            first ??= chip.Version == 1 ? chip : null;
            upgrading ??= chip.IsInUpgradeMode ? chip : null;
        }

        if (second is not null)
        {
            return AboutWorking(second);
        }

        List<Evidence> evidence = EvidenceList.OfClaims(facts);
        if (upgrading is not null)
        {
            return new Decision(
                Verdict.CannotCome, KindOf(upgrading), Cause.UpgradeMode,
                $"{upgrading.Name} failed its self test or waits for a firmware upgrade: there is no resource manager.",
                evidence);
        }

        // A 2.0 beside a 1.2 is unheard of, but a claim of ACPI that no driver has taken yet must not be cut off.
        return first is not null && !(facts.Acpi.HasDevice && facts.Acpi.Driver is null)
            ? new Decision(
                Verdict.CannotCome, KindOf(first), Cause.OnlyVersion1,
                $"{first.Name} is a TPM 1.2, and systemd uses TPM 2.0 only.", evidence)
            : null;
    }

    /// <summary>The kind of a registered TPM, by its driver's name in sysfs.</summary>
    internal static TpmKind KindOf(TpmChip chip) => chip switch
    {
        { Device: null } => TpmKind.VirtualProxy,
        { Driver: "tpm_crb" } => TpmKind.CommandResponseBuffer,
        { Driver: "tpm_svsm" or "tpm-svsm" or "tpm_ibmvtpm" or "vtpm" or "xen-tpmfront" } => TpmKind.Hypervisor,
        { Driver: { } driver } when driver.StartsWith("tpm_tis", StringComparison.Ordinal) =>
            TpmKind.InterfaceSpecification,
        _ => TpmKind.Other,
    };

    private static Decision AboutWorking(TpmChip chip)
    {
        TpmKind kind = KindOf(chip);
        Evidence evidence = new("sys/class/tpm/" + chip.Name, $"version 2, driver {chip.Driver ?? "none"}");
        return kind == TpmKind.VirtualProxy
            ? new Decision(
                Verdict.NotOurs, kind, Cause.EmulatorTiedToDevice,
                $"{chip.Name} is emulated by a process; the kernel removes it when that process ends.", [evidence])
            : new Decision(
                Verdict.NotOurs, kind, Cause.WorksByItself, $"{chip.Name} needs no daemon.", [evidence]);
    }
}
