// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;
using TpmReady.Tpm;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The driver's command was refused as malformed: TEE_ERROR_BAD_PARAMETERS from SUBMIT_COMMAND, passed on as
/// -65530. Report: https://github.com/OP-TEE/optee_ftpm/issues/17.
/// </summary>
internal sealed class TaAbiMismatchRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.TaAbiMismatch;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        IReadOnlyList<Signal> refused = [.. boot.Of(SignalKind.FtpmInvokeError, SignalKind.TpmSendError, SignalKind.TpmProbeFailed)
            .Where(signal => Facts.IsTee(signal, TeeResult.BadParameters))];
        return refused.Count == 0 ? null : Verdict.Of(
            this, Severity.Fatal, refused.Any(signal => signal.Kind == SignalKind.FtpmInvokeError) ? Confidence.Certain : Confidence.Likely,
            Phase.Kernel,
            "The TPM's TA refuses the driver's commands as malformed: driver and TA disagree on the protocol.",
            "Use a TA and a kernel that fit together: update the fTPM TA in the firmware, or the kernel's tpm_ftpm_tee.",
            refused.Take(4));
    }
}
