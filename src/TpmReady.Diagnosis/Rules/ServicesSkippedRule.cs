// SPDX-License-Identifier: MIT

using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// TPM services did not run because a condition did not hold: no measured boot, no sign of a TPM from the firmware.
/// Normal on most machines. Condition texts: systemd.unit(5), ConditionSecurity=.
/// </summary>
internal sealed class ServicesSkippedRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.ServicesSkipped;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? skipped = boot.Find(SignalKind.UnitSkipped, signal => Names.IsSystemdConsumer(signal.Subject) &&
            (Names.Has(signal.Text, "ConditionSecurity") || Names.Has(signal.Text, "unmet condition")) &&
            !Names.Has(signal.Text, "ConditionPathExists"));
        Signal? graceful = boot.Find(SignalKind.GracefulExit);
        Signal? notGenerated = boot.Find(SignalKind.TpmTargetNotGenerated, signal => Names.Has(signal.Text, "firmware reports no"));
        Signal? first = skipped ?? graceful;
        return first is null ? null : Verdict.Of(
            this, Severity.Note, Confidence.Certain, Phase.Host,
            skipped is not null
                ? "systemd's TPM services were skipped: this boot is not a measured one (no unified kernel image, or no TPM known to the firmware)."
                : "systemd's TPM services ended without doing anything, because no complete TPM 2.0 support was there at that moment.",
            "Nothing, unless you want measurements: then boot a unified kernel image through systemd-stub, or set " +
            "systemd.tpm2_measured_os=1 (systemd 261 or newer).",
            skipped, graceful, notGenerated);
    }
}
