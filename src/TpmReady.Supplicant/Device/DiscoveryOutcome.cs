// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Device;

/// <summary>Why no node can be served now.</summary>
public enum DiscoveryOutcome
{
    /// <summary>There is none; the driver may still come.</summary>
    Missing,

    /// <summary>One is there, and another has it.</summary>
    Busy,

    /// <summary>One is there, and we may not open it; udev may still change that.</summary>
    Denied,

    /// <summary>What is there is no supplicant's node of OP-TEE. Another may still come.</summary>
    Unsuitable,
}
