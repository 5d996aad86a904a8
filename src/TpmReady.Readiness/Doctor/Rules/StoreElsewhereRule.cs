// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Readiness.Decisions;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>
/// A supplicant that is pointed at another directory than the one before it makes OP-TEE begin an empty store.
/// </summary>
internal sealed class StoreElsewhereRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        string path = installation.Storage.Path;
        foreach (string store in installation.IsForFirmwareTpm ? installation.Stores : [])
        {
            if (!string.Equals(store.TrimEnd('/'), path.TrimEnd('/'), StringComparison.Ordinal))
            {
                bool hasBoth = installation.Stores.Count > 1;
                yield return new Problem(
                    "store-elsewhere",
                    hasBoth ? Severity.Note : Severity.Error,
                    hasBoth
                        ? $"There is a second store of OP-TEE's in {store}, beside the one in {path}."
                        : $"OP-TEE's store is in {store}, and the supplicant looks in {path}: it would begin an empty "
                        + "one.",
                    hasBoth
                        ? "Keep the one that the TPM's secrets are in, and move the other away."
                        : $"Write OPTARGS=--fs-parent-path={store} into /etc/default/tee-supplicant.",
                    [new Evidence(store.TrimStart('/') + "/dirf.db", "exists")]);
            }
        }
    }
}
