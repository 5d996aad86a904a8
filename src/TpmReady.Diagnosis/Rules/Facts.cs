// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Model;
using TpmReady.Tpm;

namespace TpmReady.Diagnosis.Rules;

/// <summary>Questions about a boot that several rules ask.</summary>
internal static class Facts
{
    /// <summary>UUID of the fTPM: Linux drivers/char/tpm/tpm_ftpm_tee.c.</summary>
    public const string FtpmUuid = "bc50d971";

    // systemd's spinner appears after 5 s and most devices come within some seconds; a wait that reached half a minute
    // without its device is a stall.
    private const double LongWait = 30;

    /// <summary>Waits for a TPM node that ended without it: time-outs, and spinners that went on for long.</summary>
    public static IReadOnlyList<Signal> FailedWaits(Boot boot)
    {
        IEnumerable<Signal> waits = boot.All(SignalKind.DeviceTimeout).Where(signal => Names.TpmNode(signal.Subject) is not null);
        IEnumerable<Signal> spinners = boot.All(SignalKind.DeviceWaiting)
            .Where(signal => signal.Seconds >= LongWait && Names.TpmNode(signal.Subject) is { } node && !CameUp(boot, node, signal));
        return [.. waits.Concat(spinners).OrderBy(signal => signal.Order)];
    }

    /// <summary>Names of the nodes that were waited for in vain.</summary>
    public static IReadOnlySet<string> FailedNodes(Boot boot) =>
        FailedWaits(boot).Select(signal => Names.TpmNode(signal.Subject)!).ToHashSet();

    /// <summary>The longest of several waits in seconds, as far as the log tells.</summary>
    public static double? Longest(Boot boot, IEnumerable<Signal> waits)
    {
        double longest = 0;
        foreach (Signal wait in waits)
        {
            double seconds = wait.Seconds ?? 0;
            Signal? began = boot.Of(SignalKind.DeviceExpected, SignalKind.JobEnqueued)
                .LastOrDefault(signal => Names.TpmNode(signal.Subject) == Names.TpmNode(wait.Subject) &&
                    signal.IsBefore(wait) && signal.Time.IsComparable(wait.Time));
            seconds = began is null ? seconds : wait.Time.Seconds - began.Time.Seconds;
            longest = seconds > longest ? seconds : longest;
        }

        return longest > 0 ? longest : null;
    }

    /// <summary>Whether a node came up after a wait for it, in the same phase.</summary>
    private static bool CameUp(Boot boot, string node, Signal wait) =>
        boot.Find(SignalKind.DeviceFound, found =>
            Names.TpmNode(found.Subject) == node && found.Phase == wait.Phase && wait.IsBefore(found)) is not null;

    /// <summary>A sign that a TPM was there for Linux: a driver's greeting, its node, an answered command.</summary>
    public static Signal? TpmAppeared(Boot boot, Phase? phase = null) =>
        boot.Of(SignalKind.TpmChip, SignalKind.DeviceFound, SignalKind.PcrExtended, SignalKind.TpmUsed, SignalKind.SrkCreated)
            .FirstOrDefault(signal => (phase is null || signal.Phase == phase) &&
                (signal.Kind != SignalKind.DeviceFound || Names.TpmNode(signal.Subject) is not null));

    /// <summary>Whether the machine has a TPM inside OP-TEE.</summary>
    public static bool HasFtpm(Boot boot) =>
        boot.Has(SignalKind.FtpmDriver) || boot.Has(SignalKind.FtpmOpenFailed) || boot.Has(SignalKind.FtpmInvokeError) ||
        boot.Find(SignalKind.TaDump, dump => dump.Subject.StartsWith(FtpmUuid, System.StringComparison.Ordinal)) is not null;

    /// <summary>Whether OP-TEE is there in any form.</summary>
    public static bool HasOptee(Boot boot) =>
        HasFtpm(boot) || boot.Has(SignalKind.OpteeReady) || boot.Has(SignalKind.TaPanic) || boot.Has(SignalKind.TaTrace) ||
        Supplicant(boot, SignalKind.UnitStarted).Any() || Supplicant(boot, SignalKind.UnitStopped).Any();

    /// <summary>What happened to supplicants' units.</summary>
    public static IEnumerable<Signal> Supplicant(Boot boot, SignalKind kind) =>
        boot.All(kind).Where(signal => Names.IsSupplicant(signal.Subject));

    /// <summary>Signs that the TA had died: its dump, or commands answered with TARGET_DEAD.</summary>
    public static IEnumerable<Signal> Deaths(Boot boot) =>
        boot.Of(
            SignalKind.TaPanic, SignalKind.TaDump, SignalKind.FtpmInvokeError, SignalKind.TpmSendError,
            SignalKind.FtpmOpenFailed, SignalKind.TpmProbeFailed, SignalKind.TaOpenFailed)
            .Where(signal => signal.Kind is SignalKind.TaPanic or SignalKind.TaDump || IsTee(signal, TeeResult.TargetDead));

    /// <summary>Whether a signal carries one of some TEE results.</summary>
    public static bool IsTee(Signal signal, params System.ReadOnlySpan<TeeResult> results)
    {
        foreach (TeeResult result in results)
        {
            if (signal.Code == (uint)result)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the dumps of this log are about another TA than the fTPM.</summary>
    public static bool IsOtherTa(Boot boot)
    {
        IReadOnlyList<Signal> dumps = boot.All(SignalKind.TaDump);
        return dumps.Count > 0 &&
            dumps.All(dump => !dump.Subject.StartsWith(FtpmUuid, System.StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>systemd's own TPM services as they ran in a phase.</summary>
    public static IEnumerable<Signal> Consumers(Boot boot, Phase phase) =>
        boot.Of(SignalKind.UnitStarting, SignalKind.UnitStarted, SignalKind.UnitFailed)
            .Where(signal => signal.Phase == phase && Names.IsSystemdConsumer(signal.Subject) &&
                !Names.Has(signal.Text, "Listening on") && !Names.Has(signal.Subject, ".socket"));
}
