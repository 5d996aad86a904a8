// SPDX-License-Identifier: MIT

using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The supplicant keeps the RPMB in its memory, as it does when built so (the default of optee_client, and of
/// Debian's package). Report: https://github.com/OP-TEE/optee_client/issues/353.
/// </summary>
internal sealed class RpmbEmulatedRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.RpmbEmulated;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? emulated = boot.Find(SignalKind.RpmbEmulated);
        return emulated is null ? null : Verdict.Of(
            this, Severity.Degraded, Confidence.Certain, Phase.Host,
            "The supplicant emulates the RPMB in memory: what the TPM stores there is gone at the next boot.",
            "Use a supplicant that opens the real RPMB (optee_client built with RPMB_EMU=0, or tpmready's).",
            boot.All(SignalKind.RpmbEmulated).Take(3));
    }
}
