// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;
using TpmReady.Tpm;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The TPM's driver tried and failed: a region of memory that it cannot have, a wrong ACPI table, an error on the
/// bus. Reports: https://github.com/systemd/systemd/issues/33412, https://github.com/NixOS/nixpkgs/issues/250166.
/// </summary>
internal sealed class DriverProbeFailedRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.DriverProbeFailed;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        // The fTPM's driver fails for reasons that have findings of their own.
        Signal? probe = boot.Find(SignalKind.TpmProbeFailed, signal =>
            !Names.Has(signal.Text, "ftpm") && !Facts.IsTee(signal, TeeResult.TargetDead, TeeResult.Communication));
        Signal? conflict = boot.Find(SignalKind.TpmResourceConflict);
        if (probe is null && conflict is null)
        {
            return Busy(boot);
        }

        IReadOnlyList<Signal> waits = Facts.FailedWaits(boot);
        string number = probe?.Code is { } code ? string.Create(CultureInfo.InvariantCulture, $" (error {unchecked((int)code)})") : "";
        return Verdict.Of(
            this, Facts.TpmAppeared(boot) is null ? Severity.Fatal : Severity.Degraded,
            probe is not null ? Confidence.Certain : Confidence.Likely, Phase.Kernel,
            conflict is not null
                ? $"The TPM's driver could not get the memory region that the firmware announces{number}."
                : $"The TPM's driver tried and failed{number}.",
            "Update the firmware and the kernel; until then switch the TPM off in the firmware, or boot with " +
            "systemd.tpm2_wait=0 so that nothing waits for it.",
            boot.Of(SignalKind.TpmResourceConflict, SignalKind.TpmProbeFailed).Take(3).Concat(waits.Take(2))) with
        {
            Seconds = Facts.Longest(boot, waits),
        };
    }

    /// <summary>Somebody else, or the previous kernel, holds the fTPM's only session.</summary>
    private Finding? Busy(Boot boot)
    {
        Signal? busy = boot.Find(SignalKind.FtpmOpenFailed, signal => Facts.IsTee(signal, TeeResult.Busy, TeeResult.AccessConflict));
        return busy is null ? null : Verdict.Of(
            this, Severity.Fatal, Confidence.Certain, Phase.Kernel,
            "The firmware TPM allows one session, and another one is open, possibly left by the kernel before a kexec.",
            "Unbind the TPM driver before kexec, and let no other program open the fTPM's TA.",
            busy);
    }
}
