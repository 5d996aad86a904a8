// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;

namespace TpmReady.Readiness.Facts;

/// <summary>
/// Where the kernel's hwrng thread takes its randomness from. If it is a TPM, the kernel itself is a client of the TPM
/// (drivers/char/hw_random/core.c; since 6.2 by default).
/// </summary>
/// <param name="Current">The source in use; null if there is none.</param>
/// <param name="Available">All sources.</param>
public sealed record RandomSource(string? Current, IReadOnlyList<string> Available)
{
    /// <summary>The directory of sysfs, beneath the root.</summary>
    public const string Directory = "sys/class/misc/hw_random";

    private const string TpmPrefix = "tpm-rng-";

    /// <summary>No source.</summary>
    public static RandomSource None { get; } = new(null, []);

    /// <summary>Whether the TPM is asked for randomness.</summary>
    public bool IsTpm => Current?.StartsWith(TpmPrefix, StringComparison.Ordinal) ?? false;

    /// <summary>A source that is no TPM, or null.</summary>
    public string? Alternative
    {
        get
        {
            foreach (string name in Available)
            {
                if (!name.StartsWith(TpmPrefix, StringComparison.Ordinal) && name is not "none")
                {
                    return name;
                }
            }

            return null;
        }
    }

    /// <summary>Reads it.</summary>
    public static RandomSource Read(FactTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        string? current = tree.ReadText(Directory + "/rng_current");
        string available = tree.ReadText(Directory + "/rng_available") ?? "";
        return new RandomSource(
            current is "" or "none" ? null : current, available.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }
}
