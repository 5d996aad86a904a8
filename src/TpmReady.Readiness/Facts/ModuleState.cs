// SPDX-License-Identifier: MIT

namespace TpmReady.Readiness.Facts;

/// <summary>What the running kernel has of a module, in this root.</summary>
public enum ModuleState
{
    /// <summary>This root has no index of modules for the running kernel.</summary>
    Unknown,

    /// <summary>Neither built in nor to be found here; another root may have it.</summary>
    Missing,

    /// <summary>A file that can be loaded.</summary>
    Available,

    /// <summary>Loaded.</summary>
    Loaded,

    /// <summary>Part of the kernel.</summary>
    BuiltIn,
}
