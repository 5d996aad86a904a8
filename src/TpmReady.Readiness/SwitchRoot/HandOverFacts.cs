// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Generation;
using TpmReady.Systemd;

namespace TpmReady.Readiness.SwitchRoot;

/// <summary>What decides, in an initrd, whether the host's supplicant can go on where this one stops.</summary>
/// <param name="Setting"><c>tpmready.handover=</c> on the kernel command line: yes, no or not said.</param>
/// <param name="KeptDevice">The supplicant's device that PID 1 has open, as <c>teepriv0</c>, or null.</param>
/// <param name="IsStateKept">Whether PID 1 has a supplicant's state open, too.</param>
/// <param name="HostSystemd">The version of the host's systemd; 0 if nothing tells.</param>
/// <param name="HostUnit">The host's unit of the supplicant, or null.</param>
/// <param name="HostKeepsDescriptors">Whether that unit takes descriptors from the store.</param>
/// <param name="MayKernelMeasure">
/// Whether IMA may hold the TPM: the host's first programs would be measured with a TPM that nobody serves, and wait for
/// ever. A driver that came as a module came too late for IMA (security/integrity/ima/ima_init.c).
/// </param>
public sealed record HandOverFacts(
    bool? Setting,
    string? KeptDevice,
    bool IsStateKept,
    int HostSystemd,
    string? HostUnit,
    bool HostKeepsDescriptors,
    bool MayKernelMeasure)
{
    /// <summary>The kernel command line's word.</summary>
    public const string Name = "tpmready.handover";

    // TpmReady.Supplicant.Arena.StateArena's memfd, as /proc shows it.
    private const string StateFile = "/memfd:tpmready-arena";

    // How a shared library of systemd is named: libsystemd-shared-257.so, or with the distribution's version behind.
    private const string Library = "libsystemd-shared-";

    /// <summary>Reads them, with the rights of root: what PID 1 has open is nobody else's to see.</summary>
    /// <param name="initrd">This root.</param>
    /// <param name="host">The root to come.</param>
    public static HandOverFacts Read(FactTree initrd, FactTree host)
    {
        ArgumentNullException.ThrowIfNull(initrd);
        ArgumentNullException.ThrowIfNull(host);
        string? device = null;
        bool isStateKept = false;
        foreach ((_, string text) in initrd.Links("proc/1/fd"))
        {
            device ??= text.StartsWith("/dev/teepriv", StringComparison.Ordinal) ? text["/dev/".Length..] : null;
            isStateKept |= text.StartsWith(StateFile, StringComparison.Ordinal);
        }

        KernelCommandLine line = KernelCommandLine.Parse(initrd.ReadText("proc/cmdline", 65536), isInitrd: true);
        (string? unit, bool keeps) = FindUnit(initrd, host);
        bool isModule = initrd.Exists($"sys/module/{TpmDrivers.FirmwareTpmModule}/initstate");
        return new HandOverFacts(
            line.GetSwitch(Name),
            device,
            isStateKept,
            SystemdVersion(host),
            unit,
            keeps,
            initrd.Exists("sys/kernel/security/ima") && !isModule);
    }

    /// <summary>The host's unit; what is in <c>/run</c> moves to the host's root.</summary>
    private static (string? Path, bool Keeps) FindUnit(FactTree initrd, FactTree host)
    {
        foreach (FactTree tree in (ReadOnlySpan<FactTree>)[host, initrd])
        {
            if (UnitFile.Find(tree, InstalledUnits.SupplicantTemplate) is { } file
                && (tree == host || file.Path.StartsWith("/run/", StringComparison.Ordinal)))
            {
                string text = file.IsMasked ? "" : tree.ReadText(file.Path[1..], 65536) ?? "";
                return (file.IsMasked ? null : file.Path, KeepsDescriptors(text));
            }
        }

        return (null, false);
    }

    private static bool KeepsDescriptors(string unit)
    {
        const string directive = "FileDescriptorStoreMax=";
        bool keeps = false;
        foreach (string line in unit.Split('\n'))
        {
            if (line.StartsWith(directive, StringComparison.Ordinal))
            {
                keeps = int.TryParse(line.AsSpan(directive.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int most)
                    && most > 0;
            }
        }

        return keeps;
    }

    private static int SystemdVersion(FactTree tree)
    {
        List<string> directories = ["usr/lib/systemd", "usr/lib64/systemd", "lib/systemd"];
        foreach (string name in tree.List("usr/lib"))
        {
            // Debian's directories by machine, as aarch64-linux-gnu.
            if (name.Contains("-linux-", StringComparison.Ordinal))
            {
                directories.Add($"usr/lib/{name}/systemd");
            }
        }

        foreach (string directory in directories)
        {
            foreach (string name in tree.List(directory))
            {
                if (name.StartsWith(Library, StringComparison.Ordinal))
                {
                    ReadOnlySpan<char> number = name.AsSpan(Library.Length);
                    int end = number.IndexOfAnyExceptInRange('0', '9');
                    _ = int.TryParse(
                        end < 0 ? number : number[..end], NumberStyles.None, CultureInfo.InvariantCulture, out int version);
                    return version;
                }
            }
        }

        return 0;
    }
}
