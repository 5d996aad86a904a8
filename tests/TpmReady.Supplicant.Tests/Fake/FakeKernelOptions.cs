// SPDX-License-Identifier: MIT

using TpmReady.Linux.Tee;

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>Which kernel to be.</summary>
internal sealed record FakeKernelOptions
{
    /// <summary>GP, REG_MEM and MEMREF_NULL; PRIVILEGED is added for teepriv nodes.</summary>
    public uint GeneralCapabilities { get; init; } = 1 | TeeVersion.RegisteredMemory | 8;

    /// <summary>TEE_IMPL_ID_*.</summary>
    public uint Implementation { get; init; } = TeeVersion.OpTee;

    /// <summary>TEE_MAX_ARG_SIZE: 1024 up to Linux 6.17, 4096 later.</summary>
    public int ArgumentLimit { get; init; } = 1024;

    /// <summary>
    /// A kernel of the time of 4.12: no transport parameter, and a second RECV aborts the request before it.
    /// </summary>
    public bool IsAncient { get; init; }

    /// <summary>
    /// The stable kernels of 2026 give an id when a request is queued; older ones when it is delivered.
    /// </summary>
    public bool NumbersAtQueueTime { get; init; } = true;
}
