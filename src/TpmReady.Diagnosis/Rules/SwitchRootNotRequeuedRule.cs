// SPDX-License-Identifier: MIT

using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// systemd's generator finds the TPM's node and does not enqueue tpm2.target again on the host, so nothing waits
/// for the new supplicant. Origin: https://lists.freedesktop.org/archives/systemd-devel/2024-May/050283.html.
/// </summary>
internal sealed class SwitchRootNotRequeuedRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.SwitchRootNotRequeued;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? change = boot.Find(SignalKind.SwitchRoot);
        bool host = boot.Find(SignalKind.TargetReached, signal =>
            signal.Phase == Phase.Host && Names.IsTpmTarget(signal.Subject)) is not null;
        bool enqueued = boot.Find(SignalKind.JobEnqueued, signal =>
            signal.Phase == Phase.Host && Names.IsTpmTarget(signal.Subject)) is not null;
        if (change is null || host || enqueued)
        {
            return null;
        }

        Signal? present = boot.Find(SignalKind.TpmTargetNotGenerated, signal => Names.Has(signal.Text, "already present"));
        Signal? initrd = Facts.Supplicant(boot, SignalKind.UnitStarted).FirstOrDefault(signal => signal.Phase == Phase.Initrd);
        Signal? again = Facts.Supplicant(boot, SignalKind.UnitStarted)
            .FirstOrDefault(signal => signal.Phase is Phase.Host or Phase.Runtime);
        Signal? consumer = Facts.Consumers(boot, Phase.Host).FirstOrDefault(signal => again is null || signal.IsBefore(again));
        Signal? failed = boot.Find(SignalKind.UnitFailed, signal =>
            signal.Phase == Phase.Host && Names.IsSystemdConsumer(signal.Subject));
        bool daemon = initrd is not null || again is not null;
        if (consumer is null || !daemon || !Facts.HasFtpm(boot) || (again is null && failed is null))
        {
            return null;
        }

        return Verdict.Of(
            this, Severity.Fatal, present is not null || failed is not null ? Confidence.Certain : Confidence.Likely, Phase.Host,
            "After the transition tpm2.target was not enqueued again, so nothing waited: the TPM's users ran before the " +
            "host's supplicant served.",
            "Enqueue tpm2.target on the host, and order the supplicant before it (tpmready's generator does both).",
            change, present ?? boot.Find(SignalKind.TpmTargetNotGenerated, signal => signal.Phase == Phase.Host), consumer, again, failed)
            with
        { Phase = Phase.Host };
    }
}
