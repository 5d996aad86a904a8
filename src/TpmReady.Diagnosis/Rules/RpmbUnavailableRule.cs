// SPDX-License-Identifier: MIT

using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// Secure storage in the eMMC's RPMB cannot be used: no key programmed, no device, or not reachable yet. Report:
/// https://github.com/OP-TEE/optee_ftpm/pull/27.
/// </summary>
internal sealed class RpmbUnavailableRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.RpmbUnavailable;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? log = boot.Find(SignalKind.RpmbUnavailable);
        Signal? said = boot.Find(SignalKind.SaysRpmbMissing);
        if (log is null && said is null)
        {
            return null;
        }

        bool harmed = Facts.HasFtpm(boot) || boot.Has(SignalKind.TaPanic) || said is not null;
        return Verdict.Of(
            this, harmed ? Severity.Fatal : Severity.Degraded, log is not null && harmed ? Confidence.Certain : Confidence.Likely,
            Phase.Firmware,
            "The TPM's secure storage lies in an RPMB that is not provisioned, not routed, or not reachable yet.",
            "Provision the RPMB's key (once, as the board's maker says), or let OP-TEE reach it: through the kernel's RPMB " +
            "driver (Linux 6.12 or newer), or through a supplicant that may open /dev/mmcblk*rpmb.",
            boot.Of(SignalKind.RpmbUnavailable, SignalKind.SaysRpmbMissing).Take(3)
                .Concat(boot.Of(SignalKind.FtpmOpenFailed, SignalKind.TaPanic).Take(2)));
    }
}
