// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>A store that cannot be written: the first command that stores makes the TA panic.</summary>
internal sealed class StorageReadOnlyRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        if (installation is { IsForFirmwareTpm: true, StorageMount: { IsReadOnly: true, IsVolatile: false } mount })
        {
            yield return new Problem(
                "storage-read-only",
                Severity.Error,
                $"The TPM's storage {installation.Storage.Path} lies on a file system that is mounted read-only.",
                $"Mount {mount.Point} read-write before the supplicant starts, or name another directory by "
                + "OPTARGS=--fs-parent-path=DIR in /etc/default/tee-supplicant.",
                [new Evidence("proc/self/mountinfo", $"{mount.Point}: {mount.Type}, ro")]);
        }
    }
}
