// SPDX-License-Identifier: MIT

namespace TpmReady.Board.Disks;

/// <summary>What a power cut did to a disk's write cache, in blocks of <see cref="WriteCache.BlockBytes"/>.</summary>
/// <param name="Unflushed">Blocks that were newer in the cache than on the medium.</param>
/// <param name="Reverted">Those of them that are as they were at the last flush.</param>
/// <param name="Halfway">Those of them that have a write which a later one had replaced in the cache.</param>
public readonly record struct CutOutcome(int Unflushed, int Reverted, int Halfway);
