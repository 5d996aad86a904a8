// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Globalization;
using TpmReady.Readiness.Decisions;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>
/// The store holds the TPM's secrets, encrypted; but whoever may write there can destroy them or put old ones back.
/// </summary>
internal sealed class StorageAccessRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        string path = installation.Storage.Path;
        if (!installation.IsForFirmwareTpm || installation.StorageDirectory is not { } record)
        {
            yield break;
        }

        Evidence evidence = new(path[1..], string.Create(
            CultureInfo.InvariantCulture, $"mode {record.Permissions}, owner {record.Owner}, group {record.Group}"));
        if (!record.IsDirectory)
        {
            yield return new Problem(
                "storage-access", Severity.Error, $"The TPM's storage {path} is no directory.",
                $"Move it away, and run install -d -m 0700 {path}.", [evidence]);
        }
        else if (record.IsAccessibleByOthers)
        {
            yield return new Problem(
                "storage-access",
                record.IsWritableByOthers ? Severity.Error : Severity.Warning,
                $"Others than its owner may {(record.IsWritableByOthers ? "write to" : "look into")} the TPM's storage "
                + $"{path}.",
                $"Run chmod 0700 {path}.",
                [evidence]);
        }
    }
}
