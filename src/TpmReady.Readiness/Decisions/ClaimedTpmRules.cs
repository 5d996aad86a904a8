// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Decisions;

/// <summary>
/// TPMs that firmware claims and no driver has registered. A wait is ended only where nothing can end it well; whatever
/// may merely be slow is left alone.
/// </summary>
internal static class ClaimedTpmRules
{
    /// <summary>A decision.</summary>
    public static Decision Decide(MachineFacts facts)
    {
        List<Evidence> evidence = EvidenceList.OfClaims(facts);
        if (facts.Efi.ActivePcrBanks == 0
            || (!facts.Efi.ClaimsTpm && facts.Acpi is { HasTable: false, HasDevice: false }
                && facts.DeviceTree.Compatibles.Count == 0))
        {
            return new Decision(Verdict.NotOurs, TpmKind.None, Cause.NoTpm, "Nothing claims a TPM.", evidence);
        }

        Decision decision =
            facts.Acpi.HasTable || facts.Acpi.HasDevice ? AboutAcpi(facts) : AboutBareClaim(facts);
        return decision with { Evidence = evidence };
    }

    private static Decision AboutAcpi(MachineFacts facts)
    {
        AcpiFacts acpi = facts.Acpi;
        TpmKind kind = acpi.IsFirmwareFramework ? TpmKind.CommandResponseBufferFirmwareFramework
            : acpi.Module is "tpm_tis" ? TpmKind.InterfaceSpecification
            : acpi.Module is "tpm_crb" ? TpmKind.CommandResponseBuffer
            : TpmKind.Unknown;
        if (acpi.IsDeviceOff)
        {
            return new Decision(
                Verdict.CannotCome, kind, Cause.SwitchedOff, "The firmware says that its TPM is switched off.", []);
        }

        if (acpi.Module is not { } module)
        {
            return MayBeSlow(kind);
        }

        string where = facts.Context.IsInitrd ? "this initrd" : "this system";
        if (facts.Modules.StateOf(module) == ModuleState.Missing)
        {
            return new Decision(
                Verdict.CannotCome, kind, Cause.DriverMissing,
                $"The firmware claims a TPM, and the kernel has no driver for it in {where} ({module}).", []);
        }

        // A driver that is registered has looked at every device there is. One over FF-A may have put that off.
        bool isRegistered = facts.Drivers.Contains("acpi/" + module) || facts.Drivers.Contains("platform/" + module);
        return isRegistered && acpi is { HasDevice: true, Driver: null, IsFirmwareFramework: false }
            ? new Decision(
                Verdict.CannotCome, kind, Cause.ProbeFailed,
                $"The firmware claims a TPM, and its driver {module} failed to start it; the kernel log says why.", [])
            : MayBeSlow(kind);
    }

    private static Decision AboutBareClaim(MachineFacts facts)
    {
        if (facts.DeviceTree.Compatibles.Count > 0)
        {
            return AboutDeviceTree(facts);
        }

        // What hypervisors provide stands on buses of their own, and OP-TEE announces late: leave those alone.
        bool mayComeUnannounced = facts.HasOptee || facts.PlatformTpms.Count > 0 || !facts.DeviceTree.Exists;
        return mayComeUnannounced
            ? MayBeSlow(TpmKind.Unknown)
            : new Decision(
                Verdict.CannotCome, TpmKind.Unknown, Cause.NothingDescribesIt,
                "The firmware used a TPM, and neither ACPI nor the device tree describes one to the kernel.", []);
    }

    private static Decision AboutDeviceTree(MachineFacts facts)
    {
        foreach (string compatible in facts.DeviceTree.Compatibles)
        {
            // Built-in drivers stand in no text index, so any TPM driver that is built in counts.
            bool mayBeBuiltIn = false;
            foreach (string module in TpmDrivers.BusModules)
            {
                mayBeBuiltIn |= facts.Modules.StateOf(module) is ModuleState.BuiltIn or ModuleState.Loaded;
            }

            if (mayBeBuiltIn || facts.Modules.TakesCompatible(compatible) is not false)
            {
                return MayBeSlow(TpmKind.InterfaceSpecification);
            }
        }

        string where = facts.Context.IsInitrd ? "this initrd" : "this system";
        return new Decision(
            Verdict.CannotCome, TpmKind.InterfaceSpecification, Cause.DriverMissing,
            $"The firmware claims a TPM, and the kernel has no driver for it in {where} "
            + $"({facts.DeviceTree.Compatibles[0]}).", []);
    }

    private static Decision MayBeSlow(TpmKind kind) => new(
        Verdict.NotOurs, kind, Cause.MayBeSlow, "A TPM is claimed that needs no daemon; it may come late.", []);
}
