// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>The supplicant makes its directory, but not in a place that is not there or not mounted yet.</summary>
internal sealed class StorageMissingRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        // Who may not see the processes of others may not see what is in a private directory, either.
        if (installation is { IsForFirmwareTpm: true, StorageDirectory: null, Facts.HasHiddenProcesses: false })
        {
            yield return new Problem(
                "storage-missing",
                Severity.Warning,
                $"The TPM's storage directory {installation.Storage.Path} does not exist.",
                $"Run systemd-tmpfiles --create tpmready.conf, or install -d -m 0700 {installation.Storage.Path}.",
                [new Evidence(installation.Storage.Path[1..], "does not exist")]);
        }
    }
}
