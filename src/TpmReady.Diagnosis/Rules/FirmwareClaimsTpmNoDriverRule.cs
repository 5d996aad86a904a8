// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The firmware says that there is a TPM 2.0, so systemd waits, and no driver binds to it. systemd waits on its own
/// account only when the firmware says so (tpm2-generator), and since 258 for /dev/tpm0 and /dev/tpmrm0 at once;
/// when both waits end in vain, no chip was registered at all. Reports: https://github.com/qualcomm-
/// linux/kernel/issues/618, https://github.com/cyberus-ctrl-os/ctrl-os-modules/issues/24.
/// </summary>
internal sealed class FirmwareClaimsTpmNoDriverRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.FirmwareClaimsTpmNoDriver;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        IReadOnlyList<Signal> waits = Facts.FailedWaits(boot);
        IReadOnlySet<string> nodes = Facts.FailedNodes(boot);
        Signal? claim = boot.Find(SignalKind.FirmwareTpm2);
        bool both = nodes.Contains("tpm0") && nodes.Contains("tpmrm0");
        bool forced = boot.All(SignalKind.KernelStarted).Concat(boot.All(SignalKind.TpmMention))
            .Any(signal => Names.Has(signal.Text, "tpm2_wait=1") || Names.Has(signal.Text, "tpm2_wait=yes") || Names.Has(signal.Text, "tpm2_wait=true"));
        if (waits.Count == 0 || forced || (claim is null && !both) || Facts.TpmAppeared(boot) is not null || Facts.HasOptee(boot))
        {
            return null;
        }

        // A whole boot in which no driver spoke proves it; an excerpt only fits it.
        bool whole = claim is not null && boot.Has(SignalKind.KernelStarted);
        return Verdict.Of(
            this, Severity.Stall, whole ? Confidence.Certain : Confidence.Likely, Phase.Host,
            "The firmware announces a TPM 2.0, so systemd waits for its device, but no driver of this kernel binds to it.",
            "Boot with systemd.tpm2_wait=0, or switch the TPM off in the firmware; for a TPM that the kernel could drive, add " +
            "its driver to the kernel and the initrd.",
            Finding.Lines([claim, .. waits.Take(4)])) with
        { Seconds = Facts.Longest(boot, waits) };
    }
}
