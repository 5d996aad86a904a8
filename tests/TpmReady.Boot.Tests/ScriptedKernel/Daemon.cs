// SPDX-License-Identifier: MIT

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>Whose tee-supplicant runs.</summary>
public enum Daemon
{
    /// <summary>Debian's, the C daemon of optee_client.</summary>
    C,

    /// <summary>This repository's, as ./publish made it.</summary>
    Ours,
}
