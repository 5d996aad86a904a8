// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Storage;

/// <summary>The life of an entry in the table of open files.</summary>
internal enum FileHandleState
{
    /// <summary>Nobody's.</summary>
    Free = 0,

    /// <summary>Open.</summary>
    Open = 1,

    /// <summary>Closed, but the answer may not have reached the secure world: not given away again yet.</summary>
    Closed = 2,
}
