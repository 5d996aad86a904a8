// SPDX-License-Identifier: MIT

using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The store of the secure world in the normal world's file system is damaged, was reset, or was rolled back. OP-
/// TEE removes an index that it cannot open (core/tee/tee_ree_fs.c, ree_fs_open_primitive): once is normal on the
/// first boot, after it was written in the same boot it is a loss.
/// </summary>
internal sealed class StorageInconsistentRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.StorageInconsistent;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? damaged = boot.Find(SignalKind.StorageDamaged);
        Signal? committed = boot.Find(SignalKind.StorageCommitted);
        Signal? refused = boot.Find(SignalKind.RpcRefused);
        Signal? removed = committed is null ? null : boot.Find(SignalKind.StorageRemoved, signal =>
            committed.IsBefore(signal) && refused?.IsBefore(signal) != true);
        Signal? other = boot.Find(SignalKind.SrkMismatch);
        if (damaged is null && removed is null && other is null)
        {
            return null;
        }

        return Verdict.Of(
            this, damaged is not null && Facts.HasOptee(boot) ? Severity.Fatal : Severity.Degraded,
            other is not null || (damaged is not null && removed is not null) ? Confidence.Certain : Confidence.Likely, Phase.Host,
            other is not null
                ? "The TPM of the initrd and the TPM of the host are not the same: their storage is not."
                : "The TPM's storage is damaged or was lost: the secure world threw away an index that it could not read.",
            "Let both phases use one persistent directory for the supplicant's storage, on a file system that is mounted " +
            "before it starts, and restore that directory if it was replaced.",
            damaged, committed, removed, other);
    }
}
