// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>How much is tried, and from where.</summary>
internal sealed record FuzzOptions
{
    /// <summary>The requests in all.</summary>
    public long Requests { get; init; } = 1000;

    /// <summary>The first seed; the next ones follow.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>How many requests each seed gets: then files, handles and memory are thrown away.</summary>
    public long RequestsPerSeed { get; init; } = 20_000;

    /// <summary>A request that lasts so long hangs.</summary>
    public TimeSpan HangLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>After so many seeds that show something wrong it is enough.</summary>
    public int MaximumFailures { get; init; } = 1;

    /// <summary>
    /// Whether nothing else happens in this process, so that its threads, descriptors and memory can be counted.
    /// </summary>
    public bool IsAlone { get; init; }

    /// <summary>
    /// A file that always holds the seed, the number of the request in it, and the requests before the seed: three
    /// 64-bit numbers for who wants to know where a process died. Null for none.
    /// </summary>
    public string? ProgressPath { get; init; }

    /// <summary>Makes the shape of a seed.</summary>
    public Func<ulong, FuzzShape> Shape { get; init; } = static seed => new FuzzShape(seed);
}
