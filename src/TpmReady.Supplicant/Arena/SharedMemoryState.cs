// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Arena;

/// <summary>What an entry of the table of shared memory stands for.</summary>
internal enum SharedMemoryState
{
    /// <summary>Nothing.</summary>
    Free = 0,

    /// <summary>Memory is set aside, and is not registered yet.</summary>
    Reserved = 1,

    /// <summary>A registered buffer of the pool that nobody uses.</summary>
    Idle = 2,

    /// <summary>The secure world has it.</summary>
    Live = 3,

    /// <summary>The secure world freed it, by the request of the named slot, which is not answered yet.</summary>
    Freed = 4,

    /// <summary>Freed for good; the last request that uses it will end it.</summary>
    Closing = 5,
}
