// SPDX-License-Identifier: MIT

using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The module of the TPM's driver is not in the initrd. Reports: https://github.com/systemd/mkosi/pull/3831,
/// https://github.com/latchset/clevis/issues/194.
/// </summary>
internal sealed class ModuleMissingInInitrdRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.ModuleMissingInInitrd;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? missing = boot.Find(SignalKind.ModuleMissing, signal => Names.Has(signal.Subject, "tpm") &&
            (signal.Phase is Phase.Initrd || Names.Has(signal.Text, "initrd") || Names.Has(signal.Text, "initramfs") ||
                Names.Has(signal.Text, "dracut") || Names.Has(signal.Text, "path=")));
        Signal? wait = Facts.FailedWaits(boot).FirstOrDefault(signal => signal.Phase == Phase.Initrd);
        Signal? later = boot.Find(SignalKind.TpmChip, signal => signal.Phase is Phase.Host or Phase.Runtime) ??
            boot.Find(SignalKind.DeviceFound, signal =>
                signal.Phase is Phase.Host or Phase.Runtime && Names.TpmNode(signal.Subject) is not null);
        bool early = Facts.TpmAppeared(boot, Phase.Kernel) is not null || Facts.TpmAppeared(boot, Phase.Initrd) is not null;
        bool byOrder = wait is not null && later is not null && !early && !Facts.HasOptee(boot);
        if (missing is null && !byOrder)
        {
            return null;
        }

        return Verdict.Of(
            this, wait is null ? Severity.Degraded : Severity.Stall, missing is null ? Confidence.Likely : Confidence.Certain, Phase.Initrd,
            "The initrd lacks the module of the TPM's driver; the host has it, so the TPM comes too late.",
            "Add the driver to the initrd (dracut: add_drivers+=\" tpm_tis tpm_crb \"; initramfs-tools: " +
            "/etc/initramfs-tools/modules; mkosi: KernelModulesInitrdInclude=) and build it again.",
            missing, wait, later) with
        { Seconds = Facts.Longest(boot, Facts.FailedWaits(boot)) };
    }
}
