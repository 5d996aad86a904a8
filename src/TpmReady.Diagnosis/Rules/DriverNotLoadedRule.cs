// SPDX-License-Identifier: MIT

using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// A TPM is there and a driver for it exists, but nothing loaded or bound the driver. Report:
/// https://github.com/OE4T/meta-tegra/issues/2285.
/// </summary>
internal sealed class DriverNotLoadedRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.DriverNotLoaded;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? absent = boot.Find(SignalKind.NodeAbsent) ?? Facts.FailedWaits(boot).FirstOrDefault();
        bool driver = boot.Has(SignalKind.TpmChip) || boot.Has(SignalKind.TpmProbeFailed) || boot.Has(SignalKind.TpmResourceConflict) ||
            boot.Has(SignalKind.FtpmOpenFailed) || boot.Has(SignalKind.ModuleMissing) || boot.Has(SignalKind.FtpmDriver) ||
            boot.Has(SignalKind.PcrExtended) || boot.Has(SignalKind.DeviceFound);
        // The TEE's own tests run, so driver and supplicant of the TEE work; or its TA answers.
        Signal? tee = boot.Find(SignalKind.TeeTest, test => Names.Has(test.Subject, "ftpm")) ??
            (boot.Has(SignalKind.OpteeReady) && Facts.Supplicant(boot, SignalKind.UnitStarted).Any() ? boot.Find(SignalKind.TaTrace) : null);
        return absent is null || tee is null || driver ? null : Verdict.Of(
            this, Severity.Fatal, Confidence.Likely, Phase.Host,
            "The firmware TPM's side works, but no driver was loaded or bound for it, so there is no /dev/tpm0.",
            "Load tpm_ftpm_tee once the supplicant serves (modprobe tpm_ftpm_tee, or tpmready-driver@.service).",
            tee, absent);
    }
}
