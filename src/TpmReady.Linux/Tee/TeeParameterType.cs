// SPDX-License-Identifier: MIT

namespace TpmReady.Linux.Tee;

/// <summary>What a parameter holds: TEE_IOCTL_PARAM_ATTR_TYPE_* in include/uapi/linux/tee.h.</summary>
public enum TeeParameterType
{
    /// <summary>Unused.</summary>
    None = 0,

    /// <summary>Three 64-bit values, from the secure world.</summary>
    ValueInput = 1,

    /// <summary>Three 64-bit values, to the secure world.</summary>
    ValueOutput = 2,

    /// <summary>Three 64-bit values, both ways.</summary>
    ValueInOut = 3,

    /// <summary>A buffer from the secure world.</summary>
    MemoryInput = 5,

    /// <summary>A buffer to the secure world.</summary>
    MemoryOutput = 6,

    /// <summary>A buffer both ways.</summary>
    MemoryInOut = 7,
}
