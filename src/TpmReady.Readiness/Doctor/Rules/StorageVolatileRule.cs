// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>
/// OP-TEE notices a store that was replaced by an empty one only if it keeps its hash in RPMB; otherwise it begins a
/// new one, and what the TPM had sealed is lost.
/// </summary>
internal sealed class StorageVolatileRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        if (installation is { IsForFirmwareTpm: true, StorageMount: { IsVolatile: true } mount })
        {
            yield return new Problem(
                "storage-volatile",
                Severity.Error,
                $"The TPM's storage {installation.Storage.Path} lies on {mount.Type}, which is empty after each boot: "
                + "keys and sealed secrets would be lost.",
                "Mount a file system of a disk there, or name another directory by "
                + "OPTARGS=--fs-parent-path=DIR in /etc/default/tee-supplicant.",
                [new Evidence("proc/self/mountinfo", $"{mount.Point}: {mount.Type}")]);
        }
    }
}
