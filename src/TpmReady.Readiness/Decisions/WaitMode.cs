// SPDX-License-Identifier: MIT

namespace TpmReady.Readiness.Decisions;

/// <summary>What <c>tpmready.wait=</c> asks for.</summary>
public enum WaitMode
{
    /// <summary>Decide by the facts.</summary>
    Automatic,

    /// <summary>Do nothing at all.</summary>
    Off,

    /// <summary>A firmware TPM is expected even if nothing shows it before the supplicant serves.</summary>
    Expected,
}
