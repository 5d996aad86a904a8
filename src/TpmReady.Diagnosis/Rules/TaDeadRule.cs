// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;
using TpmReady.Tpm;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The TA had panicked before: every command is answered with TEE_ERROR_TARGET_DEAD, which the driver passes on as
/// -53212.
/// </summary>
internal sealed class TaDeadRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.TaDead;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        IReadOnlyList<Signal> dead = [.. Facts.Deaths(boot).Where(signal => Facts.IsTee(signal, TeeResult.TargetDead))];
        return dead.Count == 0 || Facts.IsOtherTa(boot) ? null : Verdict.Of(
            this, Severity.Fatal, Confidence.Certain, Phase.Host,
            "The TPM's TA had already panicked; the log does not show why. Every command fails from then on.",
            "Power-cycle the machine, and look on the secure world's console for the panic: the first one names the cause. " +
            "Loading the driver again helps only on old firmware, and resets the PCRs.",
            dead.Take(3));
    }
}
