// SPDX-License-Identifier: MIT

using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// A user of the TPM started before the device or its driver, because nothing orders it. Reports:
/// https://github.com/electrickite/mkinitcpio-tpm2-encrypt/issues/7,
/// https://github.com/systemd/systemd/issues/30164.
/// </summary>
internal sealed class RaceServiceVsDeviceRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.RaceServiceVsDevice;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? appeared = boot.Of(SignalKind.TpmChip, SignalKind.DeviceFound)
            .FirstOrDefault(signal => signal.Kind == SignalKind.TpmChip
                ? signal.Subject is "2.0" || boot.Has(SignalKind.UnlockFallback)
                : Names.TpmNode(signal.Subject) is not null);
        Signal? node = boot.Find(SignalKind.DeviceFound, signal => Names.TpmNode(signal.Subject) is not null);
        Signal? gaveUp = boot.Of(SignalKind.UnlockFallback, SignalKind.GracefulExit, SignalKind.NodeAbsent)
            .FirstOrDefault(signal => IsHasty(signal, appeared, node));
        Signal? custom = boot.Find(SignalKind.UnitStarting, signal =>
            Names.IsCustomConsumer(signal.Subject) && appeared is not null && signal.IsBefore(appeared) && signal.Phase == appeared.Phase);
        Signal? first = gaveUp ?? custom;
        if (first is null || appeared is null)
        {
            return null;
        }

        return Verdict.Of(
            this, Severity.Degraded, gaveUp is null ? Confidence.Likely : Confidence.Certain, Phase.Initrd,
            "A user of the TPM started before the TPM's driver had come, because nothing orders it after the device.",
            "Order the service after the device: Wants= and After=tpm2.target (or After=dev-tpmrm0.device) in its unit.",
            custom, gaveUp, appeared);
    }

    /// <summary>Whether somebody gave up in a phase in which the TPM came a little later.</summary>
    private static bool IsHasty(Signal signal, Signal? appeared, Signal? node)
    {
        Signal? later = signal.Kind == SignalKind.GracefulExit ? appeared : node ?? appeared;
        bool fits = signal.Kind switch
        {
            SignalKind.UnlockFallback => Names.Has(signal.Text, "No TPM2 hardware discovered"),
            SignalKind.NodeAbsent => Names.Has(signal.Text, "tcti") || Names.Has(signal.Text, "TCTI"),
            _ => true,
        };
        return fits && later is not null && signal.IsBefore(later) && signal.Phase == later.Phase;
    }
}
