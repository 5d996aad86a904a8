// SPDX-License-Identifier: MIT

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>What a call of the supplicant is for.</summary>
internal enum SupplicantAction
{
    /// <summary>Serve the secure world.</summary>
    Serve,

    /// <summary>Print the help.</summary>
    Help,

    /// <summary>Print the version.</summary>
    Version,

    /// <summary>Print what this version can do.</summary>
    PrintCapabilities,

    /// <summary>Check the configuration without touching the device.</summary>
    Check,

    /// <summary>Serve a recording once more, and compare.</summary>
    Replay,
}
