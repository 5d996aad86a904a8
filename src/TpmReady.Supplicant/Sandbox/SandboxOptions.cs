// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Sandbox;

/// <summary>Which parts of the cage are wanted.</summary>
public sealed record SandboxOptions
{
    /// <summary>The filter of system calls.</summary>
    public SeccompMode Seccomp { get; init; } = SeccompMode.Refuse;

    /// <summary>Whether files, connections and signals are restricted.</summary>
    public bool UsesLandlock { get; init; } = true;

    /// <summary>Whether root's privileges are given up.</summary>
    public bool DropsCapabilities { get; init; } = true;
}
