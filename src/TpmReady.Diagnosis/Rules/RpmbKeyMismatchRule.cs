// SPDX-License-Identifier: MIT

using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The RPMB answers, but its key is not the one that this secure world derives. Report:
/// https://e2e.ti.com/support/processors-group/processors/f/processors-forum/1502983/.
/// </summary>
internal sealed class RpmbKeyMismatchRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.RpmbKeyMismatch;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? mismatch = boot.Find(SignalKind.RpmbKeyMismatch);
        return mismatch is null ? null : Verdict.Of(
            this, Severity.Fatal, Confidence.Certain, Phase.Firmware,
            "The RPMB's key is not the one that this secure world derives: its firmware derives keys in another way than " +
            "the firmware that programmed it.",
            "Boot the firmware (or the key derivation) with which the RPMB was programmed; the key cannot be changed, only " +
            "the eMMC can.",
            boot.All(SignalKind.RpmbKeyMismatch).Take(3).Concat([boot.Find(SignalKind.RpmbInit)!]));
    }
}
