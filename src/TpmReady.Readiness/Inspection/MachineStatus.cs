// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Globalization;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Inspection;

/// <summary>What <c>tpmready status</c> tells, before it is text or JSON. Pure.</summary>
/// <param name="Availability">Whether the TPM can be used.</param>
/// <param name="Decision">What was decided, and why.</param>
/// <param name="Chip">The TPM that it is about; null if no driver has registered one.</param>
/// <param name="ClaimedBy">Who says that the machine has a TPM.</param>
/// <param name="Supplicant">How the supplicant is; null where the TPM needs none.</param>
/// <param name="Answer">What the TPM answered, or why it was not asked.</param>
/// <param name="Units">The units that are there.</param>
/// <param name="IsManagerKnown">Whether a service manager told the states of the units.</param>
/// <param name="Notes">What else is worth a line.</param>
internal sealed record MachineStatus(
    Availability Availability,
    Decision Decision,
    TpmChip? Chip,
    IReadOnlyList<string> ClaimedBy,
    SupplicantReport? Supplicant,
    string Answer,
    IReadOnlyList<UnitReport> Units,
    bool IsManagerKnown,
    IReadOnlyList<string> Notes)
{
    /// <summary>Puts it together.</summary>
    /// <param name="look">What was seen.</param>
    /// <param name="units">The units.</param>
    /// <param name="isElsewhere">Whether the root is not the running machine's.</param>
    public static MachineStatus Of(Look look, IReadOnlyList<UnitReport> units, bool isElsewhere)
    {
        MachineFacts facts = look.Facts;
        List<UnitReport> there = [];
        bool isManagerKnown = false;
        foreach (UnitReport unit in units)
        {
            isManagerKnown |= unit.State is not null;
            if (unit.IsThere)
            {
                there.Add(unit);
            }
        }

        return new MachineStatus(
            look.Availability,
            look.Decision,
            TpmUse.FindChip(facts, look.Decision),
            FindClaims(facts),
            IsFirmware(look.Decision.Kind) || facts.HasOptee ? SupplicantReport.Of(facts) : null,
            DescribeAnswer(look, isElsewhere),
            there,
            isManagerKnown,
            FindNotes(look));
    }

    /// <summary>Whether this kind of TPM lives in OP-TEE.</summary>
    public static bool IsFirmware(TpmKind kind) =>
        kind is TpmKind.FirmwareTeeBus or TpmKind.FirmwarePlatform or TpmKind.FirmwareExpected;

    private static List<string> FindClaims(MachineFacts facts)
    {
        List<string> claims = [];
        void Add(bool isSo, string claim)
        {
            if (isSo)
            {
                claims.Add(claim);
            }
        }

        Add(facts.FirmwareTpmApplication is not null, "OP-TEE (TEE bus)");
        Add(facts.DeviceTree.HasFirmwareTpm, "device tree (microsoft,ftpm)");
        foreach (string compatible in facts.DeviceTree.Compatibles)
        {
            claims.Add($"device tree ({compatible})");
        }

        Add(facts.Acpi.HasTable, "ACPI (table TPM2)");
        Add(facts.Acpi is { HasTable: false, HasDevice: true }, "ACPI (device MSFT0101)");
        Add(facts.Efi.ClaimsTpm, "EFI (the boot loader used it)");
        Add(facts.IsFirmwareTpmExpected, "administrator (expect-tpm)");
        return claims;
    }

    private static string DescribeAnswer(Look look, bool isElsewhere) => look switch
    {
        { Decision.Cause: Cause.Answered } => look.Decision.Reason,
        { Decision.Cause: Cause.AnswerPending } => string.Create(
            CultureInfo.InvariantCulture,
            $"None within {Look.Patience.TotalSeconds:0} s; the command is still on its way, and was left alone."),
        { Decision.Verdict: Verdict.Dead } => look.Decision.Reason,
        { Facts.HasHiddenProcesses: true, Decision.NeedsDaemon: true } =>
            "Not asked: only root can see whether a supplicant serves.",
        { Decision.Cause: Cause.NotAsked } when isElsewhere => "Not asked: this root is not the running machine's.",
        { Decision.NeedsDaemon: true } =>
            "Not asked: without a supplicant that serves, a command could kill the TPM.",
        { Availability: Availability.Usable } =>
            "Not asked: it needs no daemon, and answered the kernel when that registered it.",
        _ => "Not asked: there is none to ask.",
    };

    private static List<string> FindNotes(Look look)
    {
        List<string> notes = [];
        WaitSettings settings = WaitSettings.From(look.Facts.CommandLine);
        if (settings.Mode == WaitMode.Off)
        {
            notes.Add("tpmready.wait=no stands on the kernel command line: nothing of ours was started for the boot.");
        }

        if (settings.SystemdWait is { } wait)
        {
            notes.Add($"{WaitSettings.SystemdName}={(wait ? "yes" : "no")} stands on the kernel command line.");
        }

        if (look.Decision.Cause == Cause.NoTpm && look.Facts is { HasOptee: true, HasHiddenProcesses: false }
            && SupplicantStates.Of(look.Facts) != SupplicantState.Serving)
        {
            notes.Add("OP-TEE may have a TPM that it announces only to a supplicant; none serves.");
        }

        return notes;
    }
}
