// SPDX-License-Identifier: MIT

using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The TA lacks what the maker of the board must put in place: keys, seeds, certificates. Report:
/// https://forums.developer.nvidia.com/t/354246.
/// </summary>
internal sealed class TaProvisioningRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.TaProvisioning;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? missing = boot.Find(SignalKind.ProvisioningMissing);
        Signal? failure = boot.Of(SignalKind.FtpmOpenFailed, SignalKind.TaPanic, SignalKind.TaOpenFailed).FirstOrDefault();
        return missing is null ? null : Verdict.Of(
            this, failure is null ? Severity.Degraded : Severity.Fatal, failure is null ? Confidence.Likely : Confidence.Certain, Phase.Firmware,
            "The firmware TPM lacks keys, seeds or certificates that the maker of the board has to provision.",
            "Provision the board as its maker says (key blob, fuses, endorsement seed), then power-cycle it.",
            boot.All(SignalKind.ProvisioningMissing).Take(3).Concat([failure!]));
    }
}
