// SPDX-License-Identifier: MIT

namespace TpmReady.Linux.Tee;

/// <summary>What TEE_IOC_VERSION says of a node.</summary>
/// <param name="Implementation">TEE_IMPL_ID_*: 1 is OP-TEE.</param>
/// <param name="ImplementationCapabilities">Bits whose meaning the implementation defines.</param>
/// <param name="GeneralCapabilities">TEE_GEN_CAP_*.</param>
public readonly record struct TeeVersion(uint Implementation, uint ImplementationCapabilities, uint GeneralCapabilities)
{
    /// <summary>TEE_IMPL_ID_OPTEE.</summary>
    public const uint OpTee = 1;

    /// <summary>TEE_GEN_CAP_PRIVILEGED: the node is the supplicant's.</summary>
    public const uint Privileged = 2;

    /// <summary>TEE_GEN_CAP_REG_MEM: memory of ours can be registered.</summary>
    public const uint RegisteredMemory = 4;

    /// <summary>Whether the node is the supplicant's.</summary>
    public bool IsPrivileged => (GeneralCapabilities & Privileged) != 0;

    /// <summary>Whether memory of ours can be registered; else the driver allocates it.</summary>
    public bool RegistersMemory => (GeneralCapabilities & RegisteredMemory) != 0;

    /// <summary>The implementation's name, for messages.</summary>
    public string ImplementationName => Implementation switch
    {
        OpTee => "OP-TEE",
        2 => "AMD-TEE",
        3 => "TS-TEE",
        4 => "QTEE",
        _ => $"implementation {Implementation}",
    };
}
