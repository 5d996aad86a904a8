// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Storage;

/// <summary>
/// The numbers that stand for open files: positive, 31 bits: 18 of generation, 1 of kind, 12 of index. OP-TEE keeps a
/// handle in an int, where -1 means none, and sends it back with its sign extended to 64 bits.
/// </summary>
internal static class FileHandle
{
    /// <summary>The highest index of an entry.</summary>
    public const int MaximumIndex = (1 << IndexBits) - 1;

    private const int IndexBits = 12;
    private const int KindShift = IndexBits;
    private const int GenerationShift = IndexBits + 1;
    private const int GenerationMask = (1 << (31 - GenerationShift)) - 1;

    /// <summary>
    /// A value to begin with that differs from process to process, so that stale handles are unknown.
    /// </summary>
    public static int Seed() => Random.Shared.Next(1, GenerationMask) << GenerationShift;

    /// <summary>The handle that follows an entry's previous one.</summary>
    public static int Next(int previous, HandleKind kind, int index)
    {
        // Generation 0 is left out: small numbers look like descriptors.
        int generation = Math.Max(((previous >> GenerationShift) + 1) & GenerationMask, 1);
        return (generation << GenerationShift) | ((int)kind << KindShift) | index;
    }

    /// <summary>What a handle stands for.</summary>
    public static HandleKind KindOf(int handle) => (HandleKind)((handle >> KindShift) & 1);

    /// <summary>The index in a handle, if the number can be one of this kind at all.</summary>
    public static bool TryParse(ulong value, HandleKind kind, out int index)
    {
        index = (int)(value & MaximumIndex);
        return value is > 0 and <= int.MaxValue && (((int)value >> KindShift) & 1) == (int)kind;
    }
}
