// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Systemd;

namespace TpmReady.Readiness.Facts;

/// <summary>
/// Reads the facts, the cheap ones first; what only a machine without a working TPM needs is read only there, so that
/// most machines pay for a handful of small reads.
/// </summary>
public static class FactReader
{
    /// <summary>
    /// Files by which a board says that a firmware TPM comes after the supplicant although nothing shows it before.
    /// </summary>
    public static IReadOnlyList<string> ExpectationFiles { get; } =
        ["etc/tpmready/expect-tpm", "usr/lib/tpmready/expect-tpm"];

    /// <summary>Reads the facts of a machine.</summary>
    /// <param name="tree">Its root.</param>
    /// <param name="context">Where we are in it.</param>
    /// <param name="scope">What to read beyond the usual.</param>
    public static MachineFacts Read(FactTree tree, MachineContext context, FactScope scope)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(context);
        KernelCommandLine commandLine = KernelCommandLine.Parse(tree.ReadText("proc/cmdline", 65536), context.IsInitrd);
        if (context.IsContainer)
        {
            return new MachineFacts { Context = context, CommandLine = commandLine };
        }

        MachineFacts facts = new()
        {
            Context = context,
            CommandLine = commandLine,
            Tees = TeeDevice.ReadAll(tree),
            Applications = TeeApplication.ReadAll(tree),
            Chips = TpmChip.ReadAll(tree),
            DeviceTree = DeviceTreeFacts.Read(tree, everywhere: false),
            HasOpteePartition = MachineFacts.FindOpteePartition(tree),
            Holders = scope.HasFlag(FactScope.Holders) ? DeviceHolder.ReadAll(tree) : null,
            HasHiddenProcesses = scope.HasFlag(FactScope.Holders) && DeviceHolder.AreHidden(tree),
        };
        facts = facts with { IsFirmwareTpmExpected = facts.HasOptee && IsExpected(tree) };
        return HasWorkingTpm(facts) ? facts : ReadClaims(tree, facts, scope);
    }

    private static bool HasWorkingTpm(MachineFacts facts)
    {
        foreach (TpmChip chip in facts.Chips)
        {
            if (chip is { Version: 2, IsFirmwareTpm: false })
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>No TPM that works by itself: everything that tells whether one can come.</summary>
    private static MachineFacts ReadClaims(FactTree tree, MachineFacts facts, FactScope scope)
    {
        EfiFacts efi = EfiFacts.Read(tree);
        bool isClaimedOnly = (efi.ClaimsTpm || scope.HasFlag(FactScope.WholeDeviceTree))
            && facts is { Chips.Count: 0, FirmwareTpmApplication: null }
            && facts.DeviceTree is { Exists: true, HasFirmwareTpm: false };
        DeviceTreeFacts deviceTree = isClaimedOnly ? DeviceTreeFacts.Read(tree, everywhere: true) : facts.DeviceTree;
        string? release = tree.ReadText("proc/sys/kernel/osrelease");
        facts = facts with
        {
            Efi = efi,
            Acpi = AcpiFacts.Read(tree),
            PlatformTpms = PlatformTpm.ReadAll(tree),
            DeviceTree = deviceTree,
            Drivers = ReadDrivers(tree),
            Random = RandomSource.Read(tree),
            HasIma = tree.Exists("sys/kernel/security/ima"),
        };
        return facts with
        {
            Modules = ModuleIndex.Read(tree, release, WantedModules(facts), deviceTree.Compatibles),
        };
    }

    /// <summary>
    /// The modules whose absence would say something: those of drivers that are wanted and not registered.
    /// </summary>
    private static List<string> WantedModules(MachineFacts facts)
    {
        List<string> modules = [];
        if (facts is { HasOptee: true, Tees.Count: 0 } || (facts.DeviceTree.HasFirmwareTpm && facts.Tees.Count == 0))
        {
            modules.Add(TpmDrivers.OpteeModule);
        }

        bool hasFirmwareTpmDriver = facts.Drivers.Contains("tee/" + TpmDrivers.TeeBusDriver)
            || facts.Drivers.Contains("platform/" + TpmDrivers.PlatformDriver);
        if (!hasFirmwareTpmDriver && (facts.HasOptee || facts.DeviceTree.HasFirmwareTpm))
        {
            modules.Add(TpmDrivers.FirmwareTpmModule);
        }

        if (facts.Acpi.Module is { } module)
        {
            modules.Add(module);
        }

        if (facts.DeviceTree.Compatibles.Count > 0)
        {
            modules.AddRange(TpmDrivers.BusModules);
        }

        return modules;
    }

    private static HashSet<string> ReadDrivers(FactTree tree)
    {
        HashSet<string> drivers = new(StringComparer.Ordinal);
        foreach (string driver in (ReadOnlySpan<string>)
        [
            "tee/" + TpmDrivers.TeeBusDriver, "platform/" + TpmDrivers.PlatformDriver, "acpi/tpm_crb",
            "platform/tpm_crb", "platform/tpm_tis", "platform/optee",
        ])
        {
            int slash = driver.IndexOf('/', StringComparison.Ordinal);
            if (tree.Exists($"sys/bus/{driver[..slash]}/drivers/{driver[(slash + 1)..]}"))
            {
                drivers.Add(driver);
            }
        }

        return drivers;
    }

    private static bool IsExpected(FactTree tree)
    {
        foreach (string path in ExpectationFiles)
        {
            if (tree.Exists(path))
            {
                return true;
            }
        }

        return false;
    }
}
