// SPDX-License-Identifier: MIT

using System;
using TUnit.Core.Interfaces;

[assembly: ParallelLimiter<TpmReady.Board.Tests.BoardParallelLimit>]

namespace TpmReady.Board.Tests;

/// <summary>As many boards at once as there are processors and memory for.</summary>
public sealed class BoardParallelLimit : IParallelLimit
{
    // A board has 1 GiB of RAM; the emulator's translation cache and disks add about half as much again.
    private const long BytesPerBoard = 3L * 512 * 1024 * 1024;

    /// <inheritdoc/>
    public int Limit { get; } = (int)Math.Clamp(
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / BytesPerBoard, 1, Environment.ProcessorCount);
}
