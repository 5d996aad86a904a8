// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Systemd;

namespace TpmReady.Readiness.Facts;

/// <summary>
/// Everything that a decision is made from. Reading it sends no command to any TPM and opens no device.
/// </summary>
public sealed record MachineFacts
{
    // OP-TEE's UUID as an FF-A partition (drivers/tee/optee/ffa_abi.c).
    private const string OpteePartition = "486178e0-e7f8-11e3-bc5e-0002a5d5c51b";

    /// <summary>Where we are.</summary>
    public required MachineContext Context { get; init; }

    /// <summary>The kernel's command line.</summary>
    public required KernelCommandLine CommandLine { get; init; }

    /// <summary>TEE devices.</summary>
    public IReadOnlyList<TeeDevice> Tees { get; init; } = [];

    /// <summary>TAs on the TEE bus.</summary>
    public IReadOnlyList<TeeApplication> Applications { get; init; } = [];

    /// <summary>TPMs on the platform bus, bound or not.</summary>
    public IReadOnlyList<PlatformTpm> PlatformTpms { get; init; } = [];

    /// <summary>TPMs that a driver has registered.</summary>
    public IReadOnlyList<TpmChip> Chips { get; init; } = [];

    /// <summary>The device tree.</summary>
    public DeviceTreeFacts DeviceTree { get; init; } = DeviceTreeFacts.None;

    /// <summary>ACPI.</summary>
    public AcpiFacts Acpi { get; init; } = AcpiFacts.None;

    /// <summary>EFI.</summary>
    public EfiFacts Efi { get; init; } = EfiFacts.None;

    /// <summary>Modules in this root.</summary>
    public ModuleIndex Modules { get; init; } = ModuleIndex.None;

    /// <summary>Drivers that are registered, as <c>bus/name</c>.</summary>
    public IReadOnlySet<string> Drivers { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Whether OP-TEE is reachable by FF-A.</summary>
    public bool HasOpteePartition { get; init; }

    /// <summary>Whether somebody put down in this root that a firmware TPM is to be expected.</summary>
    public bool IsFirmwareTpmExpected { get; init; }

    /// <summary>The kernel's source of randomness.</summary>
    public RandomSource Random { get; init; } = RandomSource.None;

    /// <summary>Whether IMA is on: it may hold the first TPM for as long as the kernel runs.</summary>
    public bool HasIma { get; init; }

    /// <summary>Processes that have a TEE's or a TPM's device open; null if nobody looked.</summary>
    public IReadOnlyList<DeviceHolder>? Holders { get; init; }

    /// <summary>Whether somebody looked who may not see what the processes of others have open.</summary>
    public bool HasHiddenProcesses { get; init; }

    /// <summary>Whether OP-TEE is on this machine, loaded or not.</summary>
    public bool HasOptee
    {
        get
        {
            foreach (TeeDevice tee in Tees)
            {
                if (tee.IsOptee)
                {
                    return true;
                }
            }

            return DeviceTree.HasOptee || HasOpteePartition;
        }
    }

    /// <summary>The firmware TPM's device on the TEE bus, or null.</summary>
    public TeeApplication? FirmwareTpmApplication
    {
        get
        {
            foreach (TeeApplication application in Applications)
            {
                if (application.IsFirmwareTpm)
                {
                    return application;
                }
            }

            return null;
        }
    }

    /// <summary>The firmware TPM's device on the platform bus, or null.</summary>
    public PlatformTpm? FirmwareTpmPlatformDevice
    {
        get
        {
            foreach (PlatformTpm device in PlatformTpms)
            {
                if (device.IsFirmwareTpm)
                {
                    return device;
                }
            }

            return null;
        }
    }

    /// <summary>The chip of the firmware TPM, or null.</summary>
    public TpmChip? FirmwareTpmChip
    {
        get
        {
            foreach (TpmChip chip in Chips)
            {
                if (chip.IsFirmwareTpm)
                {
                    return chip;
                }
            }

            return null;
        }
    }

    /// <summary>OP-TEE's side for a supplicant, or null while its driver is not loaded.</summary>
    public TeeDevice? SupplicantTee
    {
        get
        {
            foreach (TeeDevice tee in Tees)
            {
                if (tee.IsForSupplicant && tee.IsOptee)
                {
                    return tee;
                }
            }

            return null;
        }
    }

    /// <summary>The device that a supplicant opens: OP-TEE's, or the first that there will be.</summary>
    public string SupplicantDevice => SupplicantTee?.Name ?? "teepriv0";

    /// <summary>Whether the kernel itself reaches the RPMB for OP-TEE.</summary>
    public bool IsRpmbRoutedByKernel
    {
        get
        {
            foreach (TeeDevice tee in Tees)
            {
                if (tee.IsOptee && tee.IsRpmbRoutedByKernel)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Whether an FF-A partition has this UUID.</summary>
    internal static bool FindOpteePartition(FactTree tree)
    {
        foreach (string name in tree.List("sys/bus/arm_ffa/devices"))
        {
            if (tree.ReadText($"sys/bus/arm_ffa/devices/{name}/uuid") is OpteePartition)
            {
                return true;
            }
        }

        return false;
    }
}
