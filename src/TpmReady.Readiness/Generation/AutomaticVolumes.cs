// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Readiness.Facts;
using TpmReady.Systemd;

namespace TpmReady.Readiness.Generation;

/// <summary>
/// The volumes that systemd-gpt-auto-generator(8) may unlock without being told, by the types of partitions. Which of
/// them exist, and whether their headers name the TPM, is known only later; so these are names that may fit nothing.
/// </summary>
public static class AutomaticVolumes
{
    private const string Generator = "usr/lib/systemd/system-generators/systemd-gpt-auto-generator";

    // Name below /dev/mapper and mount point: enumerate_partitions() of gpt-auto-generator.c. Swap has no mount point.
    private static readonly (string Name, string? MountPoint)[] OfHost =
    [
        ("home", "/home"), ("srv", "/srv"), ("swap", null), ("var", "/var"), ("var-tmp", "/var/tmp"),
    ];

    /// <summary>Their names: root in the initrd, the others on the host.</summary>
    /// <param name="tree">The root.</param>
    /// <param name="facts">What is known of the machine.</param>
    /// <param name="storage">The supplicant's storage: what may hold it cannot wait for the TPM.</param>
    public static IReadOnlyList<string> Read(FactTree tree, MachineFacts facts, SupplicantStorage storage)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(storage);
        if (!tree.Exists(Generator) || facts.CommandLine.GetSwitch("systemd.gpt_auto") is false)
        {
            return [];
        }

        if (facts.Context.IsInitrd)
        {
            return IsRootFound(facts.CommandLine) ? ["root"] : [];
        }

        List<string> names = [];
        foreach ((string name, string? point) in OfHost)
        {
            if (point is null || !storage.IsBelow(point))
            {
                names.Add(name);
            }
        }

        return names;
    }

    /// <summary>Whether nobody names the root: gpt-auto-generator.c, parse_proc_cmdline_item().</summary>
    private static bool IsRootFound(KernelCommandLine line) =>
        !line.TryGet("roothash", out _)
        && (!line.TryGet("root", out string? root)
            || root is null or "" or "gpt-auto" or "gpt-auto-force" or "dissect" or "dissect-force");
}
