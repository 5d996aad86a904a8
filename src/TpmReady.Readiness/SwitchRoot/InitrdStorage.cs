// SPDX-License-Identifier: MIT

using System;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.SwitchRoot;

/// <summary>
/// Whether a supplicant in an initrd may store files: only where they are the host's files afterwards. OP-TEE would begin
/// a new store on a file system that vanishes, and the TPM would be another one on the host.
/// </summary>
public static class InitrdStorage
{
    /// <summary>What is wrong with that directory, as a sentence; null outside an initrd, and where it will last.</summary>
    /// <param name="tree">This root.</param>
    /// <param name="context">Whether it is an initrd's.</param>
    /// <param name="path">The store's absolute path; it need not exist yet.</param>
    public static string? Obstacle(FactTree tree, MachineContext context, string path)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (!context.IsInitrd || MountTable.Read(tree).Find(path) is not { } mount)
        {
            return null;
        }

        // What an overlay writes to vanishes with the initrd, too, where it could not be named (Mount.Upper).
        return mount.IsVolatile || mount.Type is "overlay"
            ? $"No files are stored: {path} lies on {mount.Type} ({mount.Point}), which vanishes with this initrd. "
                + "Mount the store's own file system before, as fstab does for the host."
            : null;
    }
}
