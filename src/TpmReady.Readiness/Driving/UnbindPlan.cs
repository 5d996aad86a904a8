// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Driving;

/// <summary>
/// Unbinds everything that needs the supplicant while the supplicant still serves, the TPM first: the kernel then sends
/// TPM2_Shutdown with storage at hand and closes the session. Without a supplicant that same command would make the TA
/// panic, so then nothing is touched.
/// </summary>
public static class UnbindPlan
{
    /// <summary>The steps, in order; one of kind Fail or Wait stands alone.</summary>
    /// <param name="facts">Facts of this moment, with holders.</param>
    public static IReadOnlyList<DriverStep> Make(MachineFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        List<DriverTarget> targets = FindTargets(facts);
        if (targets.Count == 0)
        {
            return [DriverStep.Done("No device that needs the supplicant is bound.")];
        }

        switch (SupplicantStates.Of(facts))
        {
            case SupplicantState.Absent:
                return [DriverStep.Fail(
                    "No supplicant serves: unbinding now would make the firmware TPM panic. Start it first.")];
            case SupplicantState.Paused:
                // Or all its threads are busy for the moment.
                return [DriverStep.Wait(
                    "The supplicant does not receive: unbinding now would wait without end. Let it go on first.")];
        }

        List<DriverStep> steps = [];
        if (facts is { FirmwareTpmChip: not null, Random: { IsTpm: true, Alternative: { } other } random })
        {
            // The driver's removal waits for a read of the hwrng thread, and the thread would start the next one.
            steps.Add(DriverStep.Write(
                RandomSource.Directory + "/rng_current", other,
                $"the kernel takes its randomness from {random.Current}"));
        }

        foreach (DriverTarget target in targets)
        {
            steps.Add(DriverStep.Write(
                target.DriverDirectory + "/unbind", target.Device, $"{target.Device} is bound to {target.Driver}"));
        }

        return steps;
    }

    /// <summary>
    /// Who keeps the TPM open. None of them hinders unbinding, but the number stays taken, so that the TPM comes back
    /// as tpm1 (tpm-chip.c, tpm_dev_release).
    /// </summary>
    public static IReadOnlyList<string> DescribeHolders(MachineFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        List<string> lines = [];
        foreach (DeviceHolder holder in facts.Holders ?? [])
        {
            if (holder.HoldsTpm)
            {
                lines.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{holder.Command} (process {holder.Process}) has {string.Join(", ", holder.Devices)} open"));
            }
        }

        if (lines.Count == 0 && facts is { HasIma: true, FirmwareTpmChip: not null })
        {
            lines.Add("the kernel's integrity measurement (IMA) may hold the TPM");
        }

        return lines;
    }

    /// <summary>Whether all that was bound is unbound.</summary>
    public static bool IsComplete(MachineFacts facts) => FindTargets(facts).Count == 0;

    private static List<DriverTarget> FindTargets(MachineFacts facts)
    {
        List<DriverTarget> targets = [];
        bool isKernelRouted = facts is
        {
            IsRpmbRoutedByKernel: true, FirmwareTpmApplication: { NeedsSupplicant: false, Driver: not null },
        };
        if (facts.FirmwareTpmPlatformDevice is { Driver: { } platformDriver } device
            && TpmDrivers.IsFirmwareTpm(platformDriver))
        {
            targets.Add(new DriverTarget("platform", platformDriver, device.Name));
        }

        foreach (TeeApplication application in facts.Applications)
        {
            bool needs = application.NeedsSupplicant || (application.IsFirmwareTpm && !isKernelRouted);
            if (application.Driver is { } driver && needs)
            {
                DriverTarget target = new("tee", driver, application.Name);
                targets.Insert(application.IsFirmwareTpm ? 0 : targets.Count, target);
            }
        }

        return targets;
    }
}
