// SPDX-License-Identifier: MIT

using System;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Probing;

namespace TpmReady.Readiness.Decisions;

/// <summary>
/// The same facts for those who want to use a TPM, not to order units around it: a machine whose TPM is "not ours" has
/// one that works, one that may come, or none, and that is a difference here. Pure.
/// </summary>
public static class TpmUse
{
    /// <summary>Decides; what the administrator said about waiting switches nothing off here.</summary>
    /// <param name="facts">What is known.</param>
    /// <param name="probe">What the TPM answered, if it was asked.</param>
    /// <param name="isWanted">Whether somebody relies on a TPM: then OP-TEE, which announces one to its first supplicant
    /// only, is reason to expect one.</param>
    public static Decision Decide(MachineFacts facts, ProbeOutcome? probe, bool isWanted)
    {
        ArgumentNullException.ThrowIfNull(facts);
        WaitSettings settings = WaitSettings.From(facts.CommandLine);
        settings = settings.Mode == WaitMode.Off ? settings with { Mode = WaitMode.Automatic } : settings;
        Decision decision = Decisions.Decide.About(facts, probe, settings);
        return isWanted && decision.Cause == Cause.NoTpm && facts is { HasOptee: true, Efi.ActivePcrBanks: not 0 }
            ? Decisions.Decide.About(facts, probe, settings with { Mode = WaitMode.Expected })
            : decision;
    }

    /// <summary>Judges.</summary>
    /// <param name="facts">What the decision was made from.</param>
    /// <param name="decision">What was decided.</param>
    /// <param name="number">The N of the <c>tpmrmN</c> that is wanted; null for any.</param>
    public static Availability Judge(MachineFacts facts, Decision decision, int? number = null)
    {
        ArgumentNullException.ThrowIfNull(decision);
        TpmChip? chip = FindChip(facts, decision, number);
        if (chip is { Version: 2, HasResourceManager: true }
            && (!chip.IsFirmwareTpm || decision.Cause is Cause.Answered or Cause.KernelRoutedStorage))
        {
            return Availability.Usable;
        }

        return decision switch
        {
            { Cause: Cause.NotPermitted } => Availability.NotPermitted,
            { Verdict: Verdict.Dead } => Availability.Broken,
            { Verdict: Verdict.CannotCome } or { Cause: Cause.NoTpm or Cause.Container } => Availability.Absent,
            { NeedsDaemon: true } when facts.HasHiddenProcesses => Availability.NotPermitted,
            _ => Availability.MayCome,
        };
    }

    /// <summary>The TPM that a decision is about, or the one of that number; null if it is not registered.</summary>
    public static TpmChip? FindChip(MachineFacts facts, Decision decision, int? number = null)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(decision);
        bool isFirmware = decision.Kind is TpmKind.FirmwareTeeBus or TpmKind.FirmwarePlatform
            or TpmKind.FirmwareExpected;
        if (number is null && isFirmware)
        {
            return facts.FirmwareTpmChip;
        }

        TpmChip? found = null;
        foreach (TpmChip chip in facts.Chips)
        {
            bool isBetter = number is { } wanted
                ? chip.Number == wanted
                : found is null || (found.Version != 2 && chip.Version == 2);
            found = isBetter ? chip : found;
        }

        return found;
    }
}
