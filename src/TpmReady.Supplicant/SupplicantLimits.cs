// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant;

/// <summary>How much the supplicant takes. The defaults serve a secure world with up to 32 threads.</summary>
public sealed record SupplicantLimits
{
    /// <summary>
    /// The most threads that serve requests (OP-TEE has 2 to 32 threads, CFG_NUM_THREADS; killed clients leave
    /// orphans).
    /// </summary>
    public int MaximumThreads { get; init; } = 64;

    /// <summary>Another thread starts when fewer than this many wait for a request.</summary>
    public int MinimumReceivers { get; init; } = 2;

    /// <summary>A thread ends when this many others wait for a request.</summary>
    public int MaximumReceivers { get; init; } = 4;

    /// <summary>The largest shared-memory object, in bytes.</summary>
    public long MaximumAllocation { get; init; } = 256L << 20;

    /// <summary>The most shared memory that may live at once in objects larger than the pool's, in bytes.</summary>
    public long MaximumSharedMemory { get; init; } = 512L << 20;

    /// <summary>The buffers that are registered before the first request.</summary>
    public PoolShape Pool { get; init; } = PoolShape.Default;
}
