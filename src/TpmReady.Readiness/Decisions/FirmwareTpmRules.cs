// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Probing;

namespace TpmReady.Readiness.Decisions;

/// <summary>
/// The firmware TPM in OP-TEE, in both its flavours (drivers/char/tpm/tpm_ftpm_tee.c): on the TEE bus, where OP-TEE
/// announces it before or after the first supplicant, and on the platform bus, where the device tree names it.
/// </summary>
internal static class FirmwareTpmRules
{
    /// <summary>A decision, or null if the machine has no firmware TPM in OP-TEE.</summary>
    public static Decision? Decide(MachineFacts facts, ProbeOutcome? probe, WaitSettings settings)
    {
        TpmKind kind = KindOf(facts, settings);
        if (kind == TpmKind.None)
        {
            return null;
        }

        List<Evidence> evidence = EvidenceList.OfFirmwareTpm(facts);
        DriverTarget? target = TargetOf(facts);
        Decision decision = IsStoredWithoutSupplicant(facts)
            ? new Decision(
                Verdict.NotOurs, kind, Cause.KernelRoutedStorage,
                "The firmware TPM stores in the RPMB, which the kernel reaches without a supplicant.", evidence)
            : facts.FirmwareTpmChip is { } chip
                ? AboutChip(facts, chip, probe, kind, evidence)
                : AboutMissingChip(facts, kind, evidence, target);
        return decision with { Target = target };
    }

    private static TpmKind KindOf(MachineFacts facts, WaitSettings settings)
    {
        // Another TPM that works makes a leftover node of the device tree irrelevant: systemd has what it waits for.
        if (facts.FirmwareTpmChip is null)
        {
            foreach (TpmChip chip in facts.Chips)
            {
                if (chip.Version == 2)
                {
                    return TpmKind.None;
                }
            }
        }

        if (TpmDrivers.IsFirmwareTpm(facts.FirmwareTpmChip?.Driver))
        {
            return facts.FirmwareTpmChip!.Driver is TpmDrivers.TeeBusDriver
                ? TpmKind.FirmwareTeeBus
                : TpmKind.FirmwarePlatform;
        }

        if (facts.FirmwareTpmApplication is not null)
        {
            return TpmKind.FirmwareTeeBus;
        }

        if (facts.FirmwareTpmPlatformDevice is not null || facts.DeviceTree.HasFirmwareTpm)
        {
            return TpmKind.FirmwarePlatform;
        }

        bool isClaimed = facts.Efi.ClaimsTpm && !facts.Acpi.HasTable && facts.DeviceTree.Compatibles.Count == 0;
        bool isExpected = facts.IsFirmwareTpmExpected || settings.Mode == WaitMode.Expected || isClaimed;
        return facts.HasOptee && isExpected ? TpmKind.FirmwareExpected : TpmKind.None;
    }

    /// <summary>
    /// <c>kernel</c> alone is no proof: OP-TEE announces the routing even if its files lie in the REE file system
    /// (CFG_RPMB_ANNOUNCE_PROBE_CAP). A TA that was announced without a supplicant is.
    /// </summary>
    private static bool IsStoredWithoutSupplicant(MachineFacts facts) =>
        facts is { IsRpmbRoutedByKernel: true, FirmwareTpmApplication: { NeedsSupplicant: false } application }
        && (facts.FirmwareTpmChip is null || application.Driver is not null);

    private static DriverTarget? TargetOf(MachineFacts facts)
    {
        // The driver that has the chip; else the TEE bus, for the TA takes one session and that device proves it is
        // there.
        bool isPlatform = facts.FirmwareTpmChip?.Driver is TpmDrivers.PlatformDriver
            || facts.FirmwareTpmApplication is null;
        return isPlatform
            ? facts.FirmwareTpmPlatformDevice is { } device
                ? new DriverTarget("platform", TpmDrivers.PlatformDriver, device.Name)
                : null
            : new DriverTarget("tee", TpmDrivers.TeeBusDriver, facts.FirmwareTpmApplication!.Name);
    }

    private static Decision AboutChip(
        MachineFacts facts, TpmChip chip, ProbeOutcome? probe, TpmKind kind, List<Evidence> evidence)
    {
        SupplicantState supplicant = SupplicantStates.Of(facts);
        if (supplicant != SupplicantState.Serving)
        {
            return supplicant == SupplicantState.Paused
                ? new Decision(
                    Verdict.WaitForSupplicant, kind, Cause.SupplicantPaused,
                    $"{chip.Name} waits: the supplicant's device is open, and nobody receives from it.", evidence)
                : new Decision(
                    Verdict.WaitForSupplicant, kind, Cause.BoundWithoutSupplicant,
                    $"{chip.Name} exists, and no supplicant is known to serve it; a command that stores would kill it.",
                    evidence);
        }

        if (chip.IsInUpgradeMode)
        {
            return new Decision(
                Verdict.BindDriver, kind, Cause.HalfBound,
                $"{chip.Name} was probed too early and is half registered; it has to be bound anew.", evidence);
        }

        return probe?.ToDecision(kind, evidence)
            ?? new Decision(
                Verdict.Working, kind, Cause.NotAsked, $"{chip.Name} is served; it has not been asked.", evidence);
    }

    private static Decision AboutMissingChip(
        MachineFacts facts, TpmKind kind, List<Evidence> evidence, DriverTarget? target)
    {
        if (MissingDriver(facts, kind) is { } missing)
        {
            return missing with { Evidence = evidence };
        }

        switch (SupplicantStates.Of(facts))
        {
            case SupplicantState.Serving when target is null:
                return new Decision(
                    Verdict.BindDriver, kind, Cause.NotAnnounced,
                    "A supplicant serves, and OP-TEE has not announced its TPM yet.", evidence);
            case SupplicantState.Serving:
                return new Decision(
                    Verdict.BindDriver, kind, Cause.NotBound,
                    $"A supplicant serves, and no driver is bound to {target.Device}.", evidence);
            case SupplicantState.Paused:
                return new Decision(
                    Verdict.WaitForSupplicant, kind, Cause.SupplicantPaused,
                    "The supplicant's device is open, and nobody receives from it.", evidence);
            default:
                return new Decision(
                    Verdict.WaitForSupplicant, kind, Cause.NoSupplicant,
                    "The firmware TPM needs a supplicant, and none is known to serve.", evidence);
        }
    }

    private static Decision? MissingDriver(MachineFacts facts, TpmKind kind)
    {
        string where = facts.Context.IsInitrd ? "this initrd" : "this system";
        if (facts.Modules.StateOf(TpmDrivers.FirmwareTpmModule) == ModuleState.Missing
            && !facts.Drivers.Contains("tee/" + TpmDrivers.TeeBusDriver)
            && !facts.Drivers.Contains("platform/" + TpmDrivers.PlatformDriver))
        {
            return new Decision(
                Verdict.CannotCome, kind, Cause.DriverMissing,
                $"The kernel has no driver for the firmware TPM in {where} (tpm_ftpm_tee, CONFIG_TCG_FTPM_TEE).", []);
        }

        return facts.Tees.Count == 0 && facts.Modules.StateOf(TpmDrivers.OpteeModule) == ModuleState.Missing
            && !facts.Drivers.Contains("platform/optee")
            ? new Decision(
                Verdict.CannotCome, kind, Cause.OpteeDriverMissing,
                $"The kernel has no driver for OP-TEE in {where} (optee, CONFIG_OPTEE).", [])
            : null;
    }
}
