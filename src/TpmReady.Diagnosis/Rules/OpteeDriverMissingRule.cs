// SPDX-License-Identifier: MIT

using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The kernel's OP-TEE driver did not start, or another TEE driver took its place. Texts:
/// drivers/tee/optee/smc_abi.c.
/// </summary>
internal sealed class OpteeDriverMissingRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.OpteeDriverMissing;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? failed = boot.Find(SignalKind.OpteeFailed);
        Signal? other = boot.Find(SignalKind.OtherTee);
        Signal? missing = boot.Find(SignalKind.ModuleMissing, signal => Names.Has(signal.Subject, "optee"));
        Signal? needed = boot.Of(SignalKind.DeviceTimeout, SignalKind.DeviceWaiting)
            .FirstOrDefault(signal => Names.IsTeeNode(signal.Subject)) ?? boot.Find(SignalKind.SupplicantOpenFailed);
        if (boot.Has(SignalKind.OpteeReady) || (failed is null && missing is null && (other is null || needed is null)))
        {
            return null;
        }

        return Verdict.Of(
            this, Severity.Fatal, failed is not null || missing is not null ? Confidence.Certain : Confidence.Likely, Phase.Kernel,
            other is not null && failed is null
                ? "Another TEE driver took the place of OP-TEE's, so the supplicant's device does not exist."
                : "The kernel's OP-TEE driver is absent or did not start.",
            "Boot firmware with OP-TEE and a device tree that announces it, and a kernel with CONFIG_OPTEE.",
            failed, other, missing, needed);
    }
}
