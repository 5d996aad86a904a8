// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>Random numbers that a seed decides wherever and whenever it runs (SplitMix64).</summary>
internal sealed class FuzzRandom
{
    // Numbers at which lengths, offsets, ids and handles begin to mean something else.
    private static readonly ulong[] Edges =
    [
        0, 1, 2, 3, 7, 8, 16, 66, 68, 255, 256, 349, 350, 351, 511, 512, 513, 4095, 4096, 4097, 65535, 65536, 65537,
        int.MaxValue - 1, int.MaxValue, 1UL << 31, uint.MaxValue - 1, uint.MaxValue, 1UL << 32, (1UL << 32) + 1,
        (1UL << 40) + 5, long.MaxValue - 4096, long.MaxValue - 1, long.MaxValue, 1UL << 63, ulong.MaxValue - 4096,
        ulong.MaxValue - 1, ulong.MaxValue,
    ];

    private ulong _state;

    /// <summary>Begins anew.</summary>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="number">Which stream of it: each request has its own.</param>
    public void Start(ulong seed, long number)
    {
        _state = seed;
        _state = Next() ^ ((ulong)number * 0xd1342543de82ef95);
        _ = Next();
    }

    public ulong Next()
    {
        ulong z = _state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 to one less than the limit.</summary>
    public int Below(int limit) => (int)(Next() % (ulong)limit);

    public bool OneIn(int count) => Below(count) == 0;

    public bool Percent(int chance) => Below(100) < chance;

    public T Pick<T>(ReadOnlySpan<T> values) => values[Below(values.Length)];

    /// <summary>A number at an edge, or near one, or any.</summary>
    public ulong Number() => Below(4) switch
    {
        0 => Next(),
        1 => Pick<ulong>(Edges) + Next() % 9 - 4,
        _ => Pick<ulong>(Edges),
    };
}
