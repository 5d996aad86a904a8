// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// Units wait for each other over sysinit.target or tpm2.target; systemd breaks the circle by leaving one out.
/// Report: https://github.com/anduril/jetpack-nixos/pull/521.
/// </summary>
internal sealed class OrderingCycleRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.OrderingCycle;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        IReadOnlyList<Signal> cycle = boot.All(SignalKind.OrderingCycle);
        Signal? deleted = boot.Find(SignalKind.CycleJobDeleted, signal => IsAboutTpm(signal.Subject)) ?? boot.Find(SignalKind.CycleJobDeleted);
        Signal? about = cycle.Concat(boot.All(SignalKind.CycleJobDeleted)).FirstOrDefault(signal => IsAboutTpm(signal.Text));
        Signal? said = boot.Find(SignalKind.SaysCycle);
        if (about is null && said is null)
        {
            return null;
        }

        bool lost = deleted is not null && Names.IsSystemdConsumer(deleted.Subject);
        string unit = deleted is null ? "" : $" systemd left out {deleted.Subject}" + (lost ? ", so a measurement is missing." : ".");
        IReadOnlyList<Signal> waits = Facts.FailedWaits(boot);
        return Verdict.Of(
            this, Severity.Stall, about is null ? Confidence.Likely : Confidence.Certain, Phase.Host,
            $"Units of the TPM wait for each other in a circle.{unit}",
            "Take the units of the supplicant and of the TPM driver out of the default order (DefaultDependencies=no, " +
            "Conflicts= and Before=shutdown.target), and let nothing of them wait for local-fs.target.",
            Finding.Lines([about, deleted, said, .. cycle.Take(2), boot.Find(SignalKind.SaysNode), waits.FirstOrDefault()])) with
        {
            Seconds = Facts.Longest(boot, waits),
        };
    }

    private static bool IsAboutTpm(string text) =>
        Names.Has(text, "tpm") || Names.Has(text, "tee-") || Names.IsSystemdConsumer(text) || Names.Has(text, "cryptsetup") ||
        Names.IsSupplicant(text);
}
