// SPDX-License-Identifier: MIT

using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The supplicant ended because the kernel had revoked a request that it answered (EBADF or ENOENT, since the fix
/// of the use after free in 2026). Report: https://github.com/OP-TEE/optee_client/issues/423.
/// </summary>
internal sealed class SupplicantExitedOnRevokedRequestRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.SupplicantExitedOnRevokedRequest;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? revoked = boot.Find(SignalKind.SupplicantRevoked);
        Signal? exit = boot.Of(SignalKind.UnitExit, SignalKind.UnitFailed).FirstOrDefault(signal => Names.IsSupplicant(signal.Subject));
        return revoked is null ? null : Verdict.Of(
            this, Severity.Fatal, exit is null ? Confidence.Likely : Confidence.Certain, Phase.Host,
            "The supplicant ended because the process that had asked was killed, and the kernel no longer wanted the answer.",
            "Use a supplicant that drops such an answer and goes on (tpmready's does), and let systemd restart it.",
            revoked, exit);
    }
}
