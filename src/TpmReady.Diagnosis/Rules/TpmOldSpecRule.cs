// SPDX-License-Identifier: MIT

using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The TPM 2.0 is of an early revision, and lacks what is asked for. Reports:
/// https://github.com/systemd/systemd/issues/30679, https://github.com/systemd/systemd/issues/20134.
/// </summary>
internal sealed class TpmOldSpecRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.TpmOldSpec;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? capability = boot.Find(SignalKind.CapabilityFailed);
        Signal? bank = boot.Find(SignalKind.NoSha256);
        return capability is null && bank is null ? null : Verdict.Of(
            this, Severity.Degraded, Confidence.Likely, Phase.Host,
            bank is not null
                ? "The TPM has no SHA-256 bank of PCRs, which systemd needs."
                : "The TPM is of an early revision of TPM 2.0 and does not know a capability that is asked for.",
            "Update the TPM's firmware or switch its SHA-256 bank on; else mask the units that measure (systemd-pcrphase*.service).",
            capability, bank, boot.All(SignalKind.UnitFailed).FirstOrDefault(signal => Names.IsSystemdConsumer(signal.Subject)));
    }
}
