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
                Evidence evidence = new(store.TrimStart('/') + "/dirf.db", "exists");
                yield return installation.Stores.Count > 1
                    ? new Problem(
                        "store-elsewhere", Severity.Note,
                        $"There is a second store of OP-TEE's in {store}, beside the one in {path}.",
                        "Keep the one that the TPM's secrets are in, and move the other away.", [evidence])
                    : AboutOnlyStore(installation, store, evidence);
            }
        }
    }

    /// <summary>
    /// The C daemon of Debian has another directory built in than ours, so one that serves may well use it.
    /// </summary>
    private static Problem AboutOnlyStore(Installation installation, string store, Evidence evidence)
    {
        string path = installation.Storage.Path;
        return new Problem(
            "store-elsewhere",
            installation.IsServed ? Severity.Warning : Severity.Error,
            $"OP-TEE's store is in {store}, and a supplicant that is told nothing else looks in {path}: it would begin "
            + "an empty one.",
            $"Write OPTARGS=--fs-parent-path={store} into /etc/default/tee-supplicant.",
            [evidence]);
    }
}
