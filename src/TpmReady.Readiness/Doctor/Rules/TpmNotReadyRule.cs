// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Generation;
using TpmReady.Systemd;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>
/// What was decided about the TPM, if that is none that works by itself or with what is there. It was not asked.
/// </summary>
internal sealed class TpmNotReadyRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        Decision decision = installation.Decision;
        bool isKnown = !installation.IsElsewhere && !(decision.NeedsDaemon && installation.Facts.HasHiddenProcesses);
        if (isKnown && RemedyOf(decision.Cause, installation) is var (severity, remedy))
        {
            yield return new Problem("tpm-not-ready", severity, decision.Reason, remedy, decision.Evidence);
        }
    }

    private static (Severity Severity, string Remedy)? RemedyOf(Cause cause, Installation installation) => cause switch
    {
        Cause.NoSupplicant or Cause.BoundWithoutSupplicant => (
            Severity.Error,
            "Do not use the TPM before a supplicant serves. Start it: systemctl start "
            + UnitName.Instance(InstalledUnits.SupplicantTemplate, installation.Facts.SupplicantDevice) + "."),
        Cause.SupplicantPaused => (
            Severity.Error,
            "Let the process go on that has the device open, or start it again; requests wait meanwhile."),
        Cause.NotAnnounced => (
            Severity.Warning, "If the firmware contains no TPM, remove the file expect-tpm and tpmready.wait=yes."),
        Cause.NotBound or Cause.HalfBound => (
            Severity.Error, "Run /usr/lib/tpmready/tpmready-driver bind, which its unit does at boot."),
        Cause.OnlyVersion1 => (
            Severity.Note, "Switch the TPM to version 2.0 in the firmware's setup, if it offers that."),
        Cause.UpgradeMode => (
            Severity.Error, "Power the machine off and on; if that does not help, update the TPM's firmware."),
        Cause.DriverMissing => (
            Severity.Error, "Install or build the kernel module that is named, and put it into the initrd."),
        Cause.OpteeDriverMissing => (
            Severity.Error,
            "Build the kernel with CONFIG_OPTEE=y or =m, or install its package of additional modules."),
        Cause.ProbeFailed => (
            Severity.Error, "Read the kernel's log (journalctl -b -k | tpmready explain) for why the driver gave up."),
        Cause.SwitchedOff => (Severity.Note, "Switch the TPM on in the firmware's setup."),
        Cause.NothingDescribesIt => (
            Severity.Warning, "Update the firmware or the device tree, or boot with systemd.tpm2_wait=no."),
        _ => null,
    };
}
