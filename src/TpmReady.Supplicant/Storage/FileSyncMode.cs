// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Storage;

/// <summary>When writes of the secure world become durable.</summary>
internal enum FileSyncMode
{
    /// <summary>Each write before it is answered (O_DSYNC): what the C supplicant does.</summary>
    Strict,

    /// <summary>All writes since the last commit, at the next one: see <see cref="CommitRule"/>.</summary>
    Commit,
}
