// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Generation;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>A volume that the TPM unlocks and that holds what the TPM needs.</summary>
internal sealed class StorageLoopRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        if (!installation.IsForFirmwareTpm
            || StorageLoop.Find(installation.Storage, installation.Volumes) is not { } loop)
        {
            yield break;
        }

        string path = installation.Storage.Path;
        Evidence evidence = new(
            "etc/fstab", $"{installation.Storage.MountSource} on {installation.Storage.MountPoint}");
        yield return loop.IsCertain
            ? new Problem(
                "storage-loop",
                Severity.Error,
                $"The TPM's storage {path} lies behind the volume {loop.Volume}, which the TPM is to unlock.",
                "Move the storage to a partition of its own, or unlock that volume otherwise.",
                [evidence])
            : new Problem(
                "storage-loop",
                Severity.Warning,
                $"The TPM's storage {path} may lie behind a volume that the TPM is to unlock; so the volumes are not "
                + "ordered after the TPM.",
                "Name its partition in /etc/fstab by PARTUUID=, which settles it.",
                [evidence]);
    }
}
