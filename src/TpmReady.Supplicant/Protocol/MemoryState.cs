// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Protocol;

/// <summary>What became of a memory reference when it was looked up.</summary>
public enum MemoryState
{
    /// <summary>No such object, or no object named: the secure world asks for a size only.</summary>
    Null,

    /// <summary>The bytes are there.</summary>
    Valid,

    /// <summary>Offset and size do not lie inside the object.</summary>
    OutOfBounds,
}
