// SPDX-License-Identifier: MIT

namespace TpmReady.Board.Disks;

/// <summary>What of a disk's write cache is on the medium after a power cut.</summary>
public enum Survival
{
    /// <summary>Nothing that was not flushed.</summary>
    Nothing,

    /// <summary>
    /// Of each block, on its own, what was flushed or any of the writes since: a cache writes back when and in which order
    /// it likes.
    /// </summary>
    Anything,
}
