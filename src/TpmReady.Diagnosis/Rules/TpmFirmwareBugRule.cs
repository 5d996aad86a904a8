// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The chip answers wrongly or not at all: self test, state bits, time-outs, lockout. Report:
/// https://github.com/systemd/systemd/issues/40485.
/// </summary>
internal sealed class TpmFirmwareBugRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.TpmFirmwareBug;

    // From -4095 to -1: errno of the kernel, so no result of a TEE.
    private const uint FirstErrno = 0xFFFFF001;
    private const uint TpmFailure = 0x101;
    private const uint TpmLockout = 0x921;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        IReadOnlyList<Signal> faults = [.. boot.Of(SignalKind.TpmFault, SignalKind.TpmSendError, SignalKind.TssError, SignalKind.TpmDisabled)
            .Where(signal => signal.Kind switch
            {
                SignalKind.TpmSendError => signal.Code >= FirstErrno,
                SignalKind.TssError => (signal.Code & 0xFFF) is TpmFailure or TpmLockout,
                SignalKind.TpmFault => !Names.Has(signal.Text, "ftpm"),
                _ => true,
            })];
        if (faults.Count == 0)
        {
            return null;
        }

        bool lockout = faults.Any(signal => (signal.Code & 0xFFF) == TpmLockout || Names.Has(signal.Text, "lockout"));
        bool disabled = faults.Any(signal => signal.Kind == SignalKind.TpmDisabled);
        bool harmed = Facts.FailedWaits(boot).Count > 0 || boot.Has(SignalKind.ForcedReboot) || boot.Has(SignalKind.UnlockFallback) ||
            boot.All(SignalKind.UnitFailed).Any(signal => Names.IsSystemdConsumer(signal.Subject)) || Facts.TpmAppeared(boot) is null;
        return Verdict.Of(
            this, harmed ? Severity.Fatal : Severity.Degraded, faults.Count > 1 || !harmed ? Confidence.Certain : Confidence.Likely,
            Phase.Kernel,
            lockout ? "The TPM is in dictionary attack lockout and refuses what is protected."
                : disabled ? "The TPM is disabled or deactivated in the firmware."
                : "The TPM's firmware misbehaves: it answers with an invalid state, an error of its own, or not in time.",
            lockout ? "Wait until the lockout ends, or clear it (tpm2_dictionarylockout --clear-lockout); shut down cleanly."
                : disabled ? "Switch the TPM on in the firmware setup, or boot with systemd.tpm2_wait=0."
                : "Update the TPM's firmware and systemd (260 knows TPMs whose NV is broken); until then mask the unit that " +
                  "triggers it, or switch the TPM off in the firmware.",
            faults.Take(4));
    }
}
