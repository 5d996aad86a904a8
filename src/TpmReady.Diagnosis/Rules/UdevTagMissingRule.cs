// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The node exists but systemd has no unit for it, because no rule tags it: since 258 tpm2.target wants dev-
/// tpm0.device, which only the rules of tpm2-tss or of systemd 258 tag. Report:
/// https://github.com/systemd/systemd/issues/36653.
/// </summary>
internal sealed class UdevTagMissingRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.UdevTagMissing;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        IReadOnlyList<Signal> waits = Facts.FailedWaits(boot);
        Signal? wait = waits.FirstOrDefault();
        if (wait is null || Facts.FailedNodes(boot).Any(node => node is not "tpm0"))
        {
            return null;
        }

        // tpm2.target waits for both nodes at once. When it is reached as soon as one wait fails, the other had come.
        Signal? manager = boot.Find(SignalKind.DeviceFound, found => Names.TpmNode(found.Subject) is "tpmrm0");
        Signal? target = boot.Find(SignalKind.TargetReached, signal => Names.IsTpmTarget(signal.Subject) && wait.IsBefore(signal));
        bool other = boot.All(SignalKind.DependencyFailed).Any(signal => !Names.IsTpmTarget(signal.Subject)) ||
            boot.Has(SignalKind.TpmNodeRenumbered) || boot.Find(SignalKind.TpmChip, chip => chip.Subject is "1.2") is not null;
        Signal? works = Facts.TpmAppeared(boot);
        if (other || (manager is null && target is null && works is null) || (manager is null && target is null))
        {
            return null;
        }

        return Verdict.Of(
            this, Severity.Stall, manager is null ? Confidence.Likely : Confidence.Certain, Phase.Host,
            "/dev/tpm0 exists, but no udev rule tags it for systemd, so tpm2.target waits for a device unit that never comes.",
            "Install the udev rule that tags it: tpm-udev (tpm2-tss' 60-tpm-udev.rules), or systemd 258's 99-systemd.rules, " +
            "in the initrd too.",
            waits.Take(2).Concat([manager!, target!])) with
        { Seconds = Facts.Longest(boot, waits) };
    }
}
