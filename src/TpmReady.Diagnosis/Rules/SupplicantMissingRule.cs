// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;
using TpmReady.Tpm;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The TA or its storage was used while no supplicant served. OP-TEE then answers 0xffff000c (allocation of the
/// request failed, drivers/tee/optee/rpc.c), 0xffff000e (no supplicant) or 0xffff0008 (nothing found). Kernel
/// clients do not wait (supp_nowait). Reports: https://github.com/OP-TEE/optee_os/issues/5347,
/// https://github.com/OP-TEE/optee_os/issues/5526.
/// </summary>
internal sealed class SupplicantMissingRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.SupplicantMissing;

    private const string Order =
        "Let the supplicant serve before anything uses the TPM: order it before tpm2.target (tpmready's generator does), and " +
        "load or bind the driver after it.";

    /// <inheritdoc/>
    public Finding? Examine(Boot boot) => Transition(boot) ?? ByCode(boot) ?? ConsumersFirst(boot);

    /// <summary>The initrd's supplicant was stopped for the transition, and then the TA failed.</summary>
    private Finding? Transition(Boot boot)
    {
        Signal? stop = Facts.Supplicant(boot, SignalKind.UnitStopped)
            .Concat(Facts.Supplicant(boot, SignalKind.UnitStopping))
            .FirstOrDefault(signal => signal.Phase is Phase.SwitchRoot or Phase.Initrd);
        Signal? again = Facts.Supplicant(boot, SignalKind.UnitStarted)
            .FirstOrDefault(signal => signal.Phase is Phase.Host or Phase.Runtime);
        Signal? failure = stop is null ? null : Failures(boot)
            .FirstOrDefault(signal => stop.IsBefore(signal) && signal.Phase != Phase.Shutdown && again?.IsBefore(signal) != true);
        if (stop is null || failure is null)
        {
            return null;
        }

        Signal? panic = boot.Find(SignalKind.TaPanic, signal => Facts.IsTee(signal, TeeResult.Communication, TeeResult.OutOfMemory));
        return Verdict.Of(
            this, Severity.Fatal, Confidence.Certain, Phase.SwitchRoot,
            "The initrd's supplicant was stopped for the transition while the TPM still needed it; its request was never " +
            "answered, and the TPM's TA died of it.",
            "Keep a supplicant serving over the transition, or detach the TPM driver before it stops (tpmready hands the " +
            "supplicant over, and unbinds the driver where it cannot).",
            stop, failure, panic, boot.Find(SignalKind.UdevWorkerStuck), again) with
        {
            SubCause = "stopped-at-transition",
            Seconds = failure.Time.IsComparable(stop.Time) ? failure.Time.Seconds - stop.Time.Seconds : null,
        };
    }

    /// <summary>A result code that means that nobody served.</summary>
    private Finding? ByCode(Boot boot)
    {
        if (Facts.IsOtherTa(boot))
        {
            return null;
        }

        Signal? refusal = boot.Of(
            SignalKind.FtpmOpenFailed, SignalKind.TaPanic, SignalKind.TaOpenFailed, SignalKind.FtpmInvokeError,
            SignalKind.TpmSendError, SignalKind.TpmProbeFailed)
            .FirstOrDefault(signal => signal.Phase != Phase.Shutdown && !IsOnTheWayDown(boot, signal) &&
                (Facts.IsTee(signal, TeeResult.OutOfMemory, TeeResult.Communication) || IsStartWithoutStorage(boot, signal)));
        refusal ??= boot.Find(SignalKind.FtpmOpenFailed, signal =>
            Facts.IsTee(signal, TeeResult.ItemNotFound) && !Served(boot, signal) && !boot.Has(SignalKind.ProvisioningMissing));
        // Alone on a secure console it may be of the boot or of the way down.
        refusal ??= boot.Has(SignalKind.KernelStarted) || boot.Has(SignalKind.ShutdownFinal) ? null
            : boot.Find(SignalKind.RpcRefused, signal => Facts.IsTee(signal, TeeResult.OutOfMemory, TeeResult.Communication) &&
                Facts.Supplicant(boot, SignalKind.UnitStarted).FirstOrDefault() is null);
        if (refusal is null || boot.Has(SignalKind.RpmbKeyMismatch) || boot.Has(SignalKind.RpmbUnavailable))
        {
            return null;
        }

        return Refused(boot, refusal);
    }

    private Finding Refused(Boot boot, Signal refusal)
    {
        Signal? late = Facts.Supplicant(boot, SignalKind.UnitStarted).FirstOrDefault(refusal.IsBefore);
        bool served = Served(boot, refusal) || refusal.Kind == SignalKind.RpcRefused;
        return Verdict.Of(
            this,
            refusal.Kind == SignalKind.RpcRefused ? Severity.Degraded : Severity.Fatal,
            served || Facts.IsTee(refusal, TeeResult.ItemNotFound) ? Confidence.Likely : Confidence.Certain,
            Phase.Host,
            "The firmware TPM needed the supplicant and none answered: " +
            (refusal.Kind == SignalKind.TaPanic
                ? "its TA could not reach its storage, and panicked."
                : "its TA could not be loaded, or could not reach its storage."),
            Order,
            [refusal, boot.Find(SignalKind.TaNotFound), boot.Find(SignalKind.FtpmOpenFailed), boot.Find(SignalKind.RpcRefused), late]);
    }

    /// <summary>On the host TPM users ran before the supplicant, although tpm2.target was reached.</summary>
    private Finding? ConsumersFirst(Boot boot)
    {
        Signal? started = Facts.Supplicant(boot, SignalKind.UnitStarted)
            .FirstOrDefault(signal => signal.Phase is Phase.Host or Phase.Runtime);
        Signal? before = Facts.Supplicant(boot, SignalKind.UnitStopped)
            .FirstOrDefault(signal => signal.Phase is Phase.SwitchRoot or Phase.Initrd);
        Signal? consumer = started is null ? null : Facts.Consumers(boot, Phase.Host).FirstOrDefault(signal => signal.IsBefore(started));
        Signal? target = boot.Find(SignalKind.TargetReached, signal =>
            signal.Phase == Phase.Host && Names.IsTpmTarget(signal.Subject));
        Signal? harm = boot.Find(SignalKind.RpcRefused) ??
            boot.Find(SignalKind.GracefulExit, signal => signal.Phase == Phase.Host) ??
            boot.All(SignalKind.UnitFailed).FirstOrDefault(signal => Names.IsSystemdConsumer(signal.Subject));
        if (before is null || consumer is null || target is null || harm is null || !target.IsBefore(started!) || !Facts.HasFtpm(boot))
        {
            return null;
        }

        return Verdict.Of(
            this, Severity.Degraded, Confidence.Certain, Phase.Host,
            "On the host tpm2.target was reached, and the TPM's users ran, before a supplicant served again.",
            Order, before, target, consumer, started, harm) with
        { SubCause = "consumers-first", Phase = Phase.Host };
    }

    /// <summary>
    /// A TPM's TA that starts and cannot open its storage panics with TEE_ERROR_BAD_STATE (optee_ftpm, NVMem.c:
    /// _plat__NVEnable); what was refused to it stands before. Report: https://github.com/OP-TEE/optee_os/issues/7429.
    /// </summary>
    private static bool IsStartWithoutStorage(Boot boot, Signal signal) =>
        signal.Kind == SignalKind.TaPanic && Facts.IsTee(signal, TeeResult.BadState) &&
        boot.Find(SignalKind.RpcRefused, refused => refused.File == signal.File && refused.IsBefore(signal) &&
            Facts.IsTee(refused, TeeResult.OutOfMemory, TeeResult.Communication)) is not null;

    /// <summary>After the supplicant was stopped for good: that is a matter of the shutdown's order.</summary>
    private static bool IsOnTheWayDown(Boot boot, Signal signal)
    {
        // A secure console without times: what Linux saw of the TPM's first failure tells when it was.
        Signal moment = signal is { Kind: SignalKind.TaPanic, Phase: Phase.Unknown }
            ? boot.Of(SignalKind.FtpmInvokeError, SignalKind.FtpmOpenFailed, SignalKind.TpmSendError).FirstOrDefault() ?? signal
            : signal;
        return boot.Find(SignalKind.ShutdownFinal, final => final.IsBefore(moment)) is not null &&
            Facts.Supplicant(boot, SignalKind.UnitStopped).Any(stop => stop.IsBefore(moment));
    }

    private static IEnumerable<Signal> Failures(Boot boot) =>
        Facts.Deaths(boot).Concat(boot.Of(SignalKind.FtpmOpenFailed, SignalKind.TaOpenFailed)
            .Where(signal => Facts.IsTee(signal, TeeResult.OutOfMemory, TeeResult.Communication)))
            .OrderBy(signal => signal.Order);

    /// <summary>Whether a supplicant had been started, and not stopped, before a moment.</summary>
    private static bool Served(Boot boot, Signal moment)
    {
        Signal? last = boot.Of(SignalKind.UnitStarted, SignalKind.UnitStopped, SignalKind.UnitStopping)
            .LastOrDefault(signal => Names.IsSupplicant(signal.Subject) && signal.IsBefore(moment));
        return last?.Kind == SignalKind.UnitStarted;
    }
}
