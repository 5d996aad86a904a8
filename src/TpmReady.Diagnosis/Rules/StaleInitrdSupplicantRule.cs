// SPDX-License-Identifier: MIT

using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The initrd's supplicant survived the transition, but its root directory was emptied: paths that it opens lead
/// nowhere. Report: https://github.com/canonical/core-base/pull/340.
/// </summary>
internal sealed class StaleInitrdSupplicantRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.StaleInitrdSupplicant;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? survivor = boot.Find(SignalKind.SupplicantSurvives);
        Signal? started = Facts.Supplicant(boot, SignalKind.UnitStarted).FirstOrDefault(signal => signal.Phase == Phase.Initrd);
        Signal? change = boot.Find(SignalKind.SwitchRoot);
        bool stopped = boot.Of(SignalKind.UnitStopped, SignalKind.UnitStopping)
            .Any(signal => Names.IsSupplicant(signal.Subject) && signal.Phase is Phase.Initrd or Phase.SwitchRoot);
        bool host = boot.Find(SignalKind.SystemdVersion, signal => signal.Phase == Phase.Host && change?.IsBefore(signal) == true) is not null ||
            boot.All(SignalKind.TargetReached).Any(signal => signal.Phase == Phase.Host);
        bool lives = !stopped && (survivor is not null || (started is not null && change is not null && host));
        Signal? symptom = boot.Find(SignalKind.StaleRoot) ?? Lost(boot) ??
            boot.Of(SignalKind.TaNotFound, SignalKind.SupplicantOpenFailed)
                .FirstOrDefault(signal => change?.IsBefore(signal) == true);
        bool byFile = survivor is not null && change is not null && host && Names.Has(survivor.Text, "--fs-parent-path");
        if (boot.Has(SignalKind.StaleRoot) || (lives && (symptom is not null || byFile)))
        {
            return Verdict.Of(
                this, Severity.Fatal, boot.Has(SignalKind.StaleRoot) || (survivor is not null && symptom is not null)
                    ? Confidence.Certain : Confidence.Likely,
                Phase.Host,
                "The initrd's supplicant survived the transition with an emptied root: what the TPM stores from then on, and " +
                "what it looks for, is not found.",
                "Let the supplicant hand over to one that runs in the host's root (tpmready's does), or stop it for the " +
                "transition with the TPM driver detached.",
                survivor ?? started, change, symptom, Removed(boot)) with
            { Phase = Phase.Host };
        }

        return null;
    }

    /// <summary>The store was written, and later not found.</summary>
    private static Signal? Lost(Boot boot) =>
        boot.Find(SignalKind.StorageCommitted) is { } committed ? boot.Find(SignalKind.StorageRemoved, committed.IsBefore) : null;

    private static Signal? Removed(Boot boot) => boot.All(SignalKind.StorageRemoved).LastOrDefault();
}
