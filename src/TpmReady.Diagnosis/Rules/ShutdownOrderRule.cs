// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;
using TpmReady.Tpm;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The supplicant was stopped while the TPM driver was still attached. At reboot the kernel sends TPM2_Shutdown
/// (drivers/char/tpm/tpm-chip.c, tpm_class_shutdown), the TA writes its state, and nobody serves the request.
/// Reports: https://github.com/OP-TEE/optee_os/issues/6094, https://github.com/microsoft/MSRSec/issues/36.
/// </summary>
internal sealed class ShutdownOrderRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.ShutdownOrder;

    private const string Remedy =
        "Detach the TPM driver before the supplicant stops: order a unit that unbinds it (tpmready-driver@.service) after " +
        "the supplicant's unit, so that it is stopped first.";

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? down = boot.Of(SignalKind.ShutdownFinal, SignalKind.ShutdownBegun).LastOrDefault();
        Signal? stop = boot.Of(SignalKind.UnitStopped, SignalKind.UnitStopping)
            .LastOrDefault(signal => Names.IsSupplicant(signal.Subject) && signal.Phase != Phase.SwitchRoot &&
                signal.Phase != Phase.Initrd && (signal.Phase == Phase.Shutdown || IsOnTheWayDown(boot, signal)));
        bool before = boot.Of(SignalKind.FtpmOpenFailed, SignalKind.FtpmInvokeError).Any(signal => signal.Phase != Phase.Shutdown &&
            down?.IsBefore(signal) != true && stop?.IsBefore(signal) != true);
        IEnumerable<Signal> failures = Facts.Deaths(boot).Concat(boot.Of(SignalKind.FtpmInvokeError, SignalKind.TpmSendError)
            .Where(signal => Facts.IsTee(signal, TeeResult.OutOfMemory, TeeResult.Communication)));
        Signal? death = before ? null : failures.FirstOrDefault(signal =>
            (stop is null || !signal.IsBefore(stop)) && IsAtShutdown(signal, stop, down));
        if (death is null || (stop is null && death.Phase != Phase.Shutdown))
        {
            return stop is null || IsDetached(boot, stop) || !Bare(boot) ? null : Note(boot, stop, down);
        }

        Signal? command = boot.Find(SignalKind.TaTrace, trace => stop is not null && stop.IsBefore(trace));
        return Verdict.Of(
            this, Severity.Degraded, stop is null ? Confidence.Likely : Confidence.Certain, Phase.Shutdown,
            "The supplicant stopped before the TPM driver was detached, so the TPM's last command at power-off found no " +
            "storage and the TA panicked.",
            Remedy, stop, down, command, death) with
        { Phase = Phase.Shutdown };
    }

    /// <summary>Nothing failed in the part that we see, but the order is the one that fails.</summary>
    private Finding Note(Boot boot, Signal stop, Signal? down) => Verdict.Of(
        this, Severity.Note, Confidence.Likely, Phase.Shutdown,
        "The supplicant was stopped for the shutdown and nothing shows that a TPM driver was detached before; a firmware " +
        "TPM that keeps its state with this supplicant panics at power-off.",
        Remedy, stop, down, boot.All(SignalKind.UnitStopping).FirstOrDefault(signal => Names.IsSupplicant(signal.Subject)))
        with
    { Phase = Phase.Shutdown };

    private static bool IsOnTheWayDown(Boot boot, Signal stop) =>
        boot.Find(SignalKind.ShutdownFinal, final => stop.IsBefore(final)) is not null &&
        boot.Find(SignalKind.SwitchRoot, change => stop.IsBefore(change)) is null;

    private static bool IsAtShutdown(Signal death, Signal? stop, Signal? down) =>
        death.Phase == Phase.Shutdown || (down is not null && down.IsBefore(death)) ||
        (stop is not null && stop.File != death.File && down is not null && death.Phase == Phase.Unknown &&
            death.Kind is SignalKind.TaPanic);

    /// <summary>A driver's unit was stopped first, or this machine has a TPM of another kind.</summary>
    private static bool IsDetached(Boot boot, Signal stop) =>
        boot.Of(SignalKind.UnitStopping, SignalKind.UnitStopped)
            .Any(signal => Names.IsDriverUnit(signal.Subject) && !stop.IsBefore(signal)) ||
        boot.Has(SignalKind.TpmChip);

    /// <summary>The order alone is worth a note only where nothing better is known.</summary>
    private static bool Bare(Boot boot) => !Facts.Deaths(boot).Any();
}
