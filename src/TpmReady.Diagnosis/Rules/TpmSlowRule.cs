// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The chip answers, slowly or after retries. Reports: https://github.com/systemd/systemd/issues/42615,
/// https://github.com/systemd/systemd/issues/40159.
/// </summary>
internal sealed class TpmSlowRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.TpmSlow;

    private const int ManyRetries = 3;
    private const double SlowSeconds = 5;

    // The units of systemd that only talk to the TPM.
    private const double LongWait = 10;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        IReadOnlyList<Signal> retries = [.. boot.All(SignalKind.TssError)
            .Where(signal => (signal.Code & 0xFFF) is 0x128 or 0x922 or 0x90A or 0x908 or 0x920)];
        Signal? wait = boot.Find(SignalKind.DeviceWaiting, signal => signal.Seconds >= LongWait &&
            Names.TpmNode(signal.Subject) is not null && !Facts.FailedWaits(boot).Contains(signal));
        (Signal Start, Signal End)? slow = SlowUnit(boot);
        if (retries.Count < ManyRetries && wait is null && slow is null)
        {
            return null;
        }

        double? seconds = retries.Count > 1 && retries[^1].Time.IsComparable(retries[0].Time)
            ? retries[^1].Time.Seconds - retries[0].Time.Seconds
            : slow is { } unit ? unit.End.Time.Seconds - unit.Start.Time.Seconds : wait?.Seconds;
        return Verdict.Of(
            this, retries.Count >= ManyRetries ? Severity.Degraded : Severity.Note,
            retries.Count >= ManyRetries ? Confidence.Certain : Confidence.Likely, Phase.Host,
            retries.Count >= ManyRetries
                ? "The TPM is slow, and its users try again and again because PCRs change meanwhile; nothing is broken."
                : "The TPM answers slowly; nothing is broken.",
            "Update systemd (the retries are its issue 42615) and the TPM's firmware; mask systemd-tpm2-setup.service if nothing " +
            "needs the storage root key.",
            Finding.Lines([.. retries.Take(4), wait, slow?.Start, slow?.End])) with
        { Seconds = seconds };
    }

    /// <summary>A service of systemd's that took long with the TPM, and was done.</summary>
    private static (Signal Start, Signal End)? SlowUnit(Boot boot)
    {
        foreach (Signal end in boot.All(SignalKind.UnitStarted).Where(signal => Names.IsSystemdConsumer(signal.Subject)))
        {
            Signal? start = boot.All(SignalKind.UnitStarting).LastOrDefault(signal =>
                signal.Subject == end.Subject && signal.IsBefore(end));
            if (start is not null && end.Time.IsComparable(start.Time) && end.Time.Seconds - start.Time.Seconds >= SlowSeconds)
            {
                return (start, end);
            }
        }

        return null;
    }
}
