// SPDX-License-Identifier: MIT

namespace TpmReady.Readiness.Generation;

/// <summary>The directories that systemd gives a generator, by priority (systemd.generator(7)).</summary>
public enum GeneratorDirectory
{
    /// <summary>Above the vendor's units, below the administrator's.</summary>
    Normal,

    /// <summary>Above everything.</summary>
    Early,

    /// <summary>Below everything.</summary>
    Late,
}
