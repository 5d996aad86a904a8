// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Globalization;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Decisions;

/// <summary>Turns facts into the evidence that decisions quote.</summary>
internal static class EvidenceList
{
    /// <summary>What speaks of OP-TEE, of its firmware TPM and of the supplicant.</summary>
    public static List<Evidence> OfFirmwareTpm(MachineFacts facts)
    {
        List<Evidence> list = [];
        AddTees(facts, list);
        if (facts.FirmwareTpmApplication is { } application)
        {
            string path = "sys/bus/tee/devices/" + application.Name;
            list.Add(new Evidence(path, Bound(application.Driver)));
            list.Add(new Evidence(
                path + "/need_supplicant", application.NeedsSupplicant ? "exists" : "does not exist"));
        }

        if (facts.FirmwareTpmPlatformDevice is { } device)
        {
            list.Add(new Evidence(
                "sys/bus/platform/devices/" + device.Name,
                TpmDrivers.FirmwareTpmCompatible + ", " + Bound(device.Driver)));
        }

        AddChips(facts, list);
        foreach (DeviceHolder holder in facts.Holders ?? [])
        {
            if (holder.HoldsSupplicantDevice)
            {
                list.Add(new Evidence(
                    string.Create(CultureInfo.InvariantCulture, $"proc/{holder.Process}/fd"),
                    $"{holder.Command} has the supplicant's device open"
                    + (holder.IsServing ? " and serves" : " and does not serve")));
            }
        }

        return list;
    }

    /// <summary>What claims a TPM of any kind.</summary>
    public static List<Evidence> OfClaims(MachineFacts facts)
    {
        List<Evidence> list = [];
        AddChips(facts, list);
        if (facts.Efi.ActivePcrBanks is { } banks)
        {
            list.Add(new Evidence(
                "sys/firmware/efi/efivars/LoaderTpm2ActivePcrBanks",
                string.Create(CultureInfo.InvariantCulture, $"0x{banks:x8}")));
        }

        if (facts.Efi.IsStubMeasured)
        {
            list.Add(new Evidence("sys/firmware/efi/efivars/StubPcrKernelImage", "systemd-stub measured into a TPM"));
        }

        if (facts.Acpi.HasTable)
        {
            list.Add(new Evidence(
                "sys/firmware/acpi/tables/TPM2",
                "start method " + (facts.Acpi.StartMethod?.ToString(CultureInfo.InvariantCulture) ?? "unknown")));
        }

        if (facts.Acpi.HasDevice)
        {
            list.Add(new Evidence("sys/bus/acpi/devices/MSFT0101:00", Bound(facts.Acpi.Driver)));
        }

        foreach (string compatible in facts.DeviceTree.Compatibles)
        {
            list.Add(new Evidence("sys/firmware/devicetree/base", compatible));
        }

        return list;
    }

    private static string Bound(string? driver) => driver is null ? "no driver is bound" : $"bound to {driver}";

    private static void AddTees(MachineFacts facts, List<Evidence> list)
    {
        if (facts.DeviceTree.HasOptee)
        {
            list.Add(new Evidence("sys/firmware/devicetree/base/firmware", TpmDrivers.OpteeCompatible));
        }

        if (facts.DeviceTree.HasFirmwareTpm)
        {
            list.Add(new Evidence("sys/firmware/devicetree/base", TpmDrivers.FirmwareTpmCompatible));
        }

        if (facts.HasOpteePartition)
        {
            list.Add(new Evidence("sys/bus/arm_ffa/devices", "OP-TEE's partition"));
        }

        foreach (TeeDevice tee in facts.Tees)
        {
            if (tee.IsForSupplicant && tee.IsOptee)
            {
                list.Add(new Evidence(
                    "sys/class/tee/" + tee.Name, $"OP-TEE, RPMB routing {tee.RpmbRouting ?? "not stated"}"));
            }
        }
    }

    private static void AddChips(MachineFacts facts, List<Evidence> list)
    {
        foreach (TpmChip chip in facts.Chips)
        {
            string version = chip.Version is { } number
                ? string.Create(CultureInfo.InvariantCulture, $"version {number}")
                : "no version";
            list.Add(new Evidence(
                "sys/class/tpm/" + chip.Name,
                $"{version}, driver {chip.Driver ?? "none"}, "
                + (chip.HasResourceManager ? "with resource manager" : "no resource manager")));
        }
    }
}
