// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Profiling;

/// <summary>How much TAs may write into profiles. The directory is /tmp by default, and so often memory.</summary>
internal sealed record ProfileLimits
{
    /// <summary>The largest profile, in bytes.</summary>
    public long MaximumFileSize { get; init; } = 64L << 20;

    /// <summary>The most profiles in the directory; those that were there before count, too.</summary>
    public int MaximumFiles { get; init; } = 256;

    /// <summary>The most that is written into all profiles together while the program runs, in bytes.</summary>
    public long MaximumTotal { get; init; } = 512L << 20;
}
