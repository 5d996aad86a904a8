// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// Something about the TPM failed, and no rule can name the cause.
/// </summary>
internal sealed class UnknownRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.Unknown;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        IReadOnlyList<Signal> failures = [.. boot.Of(
            SignalKind.UnitFailed, SignalKind.DependencyFailed, SignalKind.FtpmOpenFailed, SignalKind.FtpmInvokeError,
            SignalKind.TpmSendError, SignalKind.TpmTrouble, SignalKind.TaPanic, SignalKind.TaAbort, SignalKind.TaOpenFailed,
            SignalKind.ForcedReboot, SignalKind.UdevWorkerStuck, SignalKind.NodeAbsent, SignalKind.UnlockFallback,
            SignalKind.TssError, SignalKind.TpmProbeFailed, SignalKind.ModuleMissing, SignalKind.SupplicantGone)
            .Where(signal => IsAboutTpm(signal) && !(Facts.IsOtherTa(boot) && signal.Kind is SignalKind.TaPanic or SignalKind.TaAbort))];
        if (failures.Count > 0)
        {
            return Verdict.Of(
                this, Severity.Degraded, Confidence.Likely, Phase.Host,
                "Something about the TPM failed, and the log does not show the cause.",
                "Add the lines before the first failure, the kernel's messages, and (with OP-TEE) the secure world's console.",
                failures.Take(5));
        }

        // An excerpt about a TPM in which nothing fails: the trouble, if there is some, is outside of it.
        Signal? mention = boot.Of(SignalKind.TaTrace, SignalKind.RpmbInit, SignalKind.TaDump, SignalKind.SaysNode).FirstOrDefault();
        return mention is null || Facts.IsOtherTa(boot) || boot.IsComplete ? null : Verdict.Of(
            this, Severity.Note, Confidence.Likely, Phase.Host,
            "These lines are about a TPM, and nothing in them fails.",
            "Add what follows: the cause is not in this excerpt.",
            boot.Of(SignalKind.TaTrace, SignalKind.RpmbInit, SignalKind.TaDump, SignalKind.SaysNode).Take(3));
    }

    private static bool IsAboutTpm(Signal signal) => signal.Kind switch
    {
        SignalKind.UnitFailed or SignalKind.DependencyFailed => Names.IsSystemdConsumer(signal.Subject) ||
            Names.IsCustomConsumer(signal.Subject) || Names.IsSupplicant(signal.Subject) || Names.TpmNode(signal.Subject) is not null,
        // NV_DEFINED says that the index is there already, which callers expect.
        SignalKind.TssError => signal.Code is not 0x14C,
        SignalKind.UnlockFallback or SignalKind.NodeAbsent or SignalKind.ModuleMissing => true,
        _ => true,
    };
}
