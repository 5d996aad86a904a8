// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Readiness.Facts;

/// <summary>What the service manager tells of where we are, by its variables or by files that it leaves.</summary>
/// <param name="IsInitrd">Whether this root is an initrd.</param>
/// <param name="IsContainer">Whether this is a container, which has no TPM of its own.</param>
public sealed record MachineContext(bool IsInitrd, bool IsContainer)
{
    /// <summary>
    /// Reads it: SYSTEMD_IN_INITRD and SYSTEMD_VIRTUALIZATION (systemd.generator(7), since 252), else the files
    /// <c>/etc/initrd-release</c> and <c>/run/systemd/container</c>.
    /// </summary>
    public static MachineContext Read(FactTree tree, Func<string, string?> getVariable)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(getVariable);
        string? virtualization = getVariable("SYSTEMD_VIRTUALIZATION");
        return new MachineContext(
            getVariable("SYSTEMD_IN_INITRD") switch
            {
                "1" => true,
                "0" => false,
                _ => tree.Exists("etc/initrd-release"),
            },
            virtualization?.StartsWith("container:", StringComparison.Ordinal) ?? tree.Exists("run/systemd/container"));
    }
}
