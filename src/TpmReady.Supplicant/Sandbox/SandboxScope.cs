// SPDX-License-Identifier: MIT

using System.Collections.Generic;

namespace TpmReady.Supplicant.Sandbox;

/// <summary>What is switched on: the cage leaves open what these features need, and nothing else.</summary>
internal sealed record SandboxScope
{
    /// <summary>The directory of the secure world's files; null if none are stored.</summary>
    public string? StoragePath { get; init; }

    /// <summary>Where TAs are read.</summary>
    public IReadOnlyList<string> TrustedApplicationPaths { get; init; } = [];

    /// <summary>Whether TAs may open network connections.</summary>
    public bool HasSockets { get; init; }

    /// <summary>The directory that profiles of TAs are written to; null if none are written.</summary>
    public string? ProfilePath { get; init; }

    /// <summary>Whether RPMB partitions are reached; their nodes are in <see cref="DevicePaths"/>.</summary>
    public bool HasRpmb { get; init; }

    /// <summary>The directory of an emulated RPMB; null without one.</summary>
    public string? EmulationDirectory { get; init; }

    /// <summary>Device nodes that are opened while serving, or /dev if they are only found then.</summary>
    public IReadOnlyList<string> DevicePaths { get; init; } = [];

    /// <summary>Whether plug-ins were loaded: C code of unknown needs.</summary>
    public bool HasPlugins { get; init; }

    /// <summary>
    /// What the administrator lets plug-ins reach. Without any, what loaded plug-ins open is not restricted: a plug-in
    /// that worked so far must not begin to fail.
    /// </summary>
    public IReadOnlyList<string> AllowedPaths { get; init; } = [];

    /// <summary>The directory in which files are replaced by a report; null for none.</summary>
    public string? ReportDirectory { get; init; }

    /// <summary>Whether the service manager's socket has an abstract name, which Landlock can bar.</summary>
    public bool UsesAbstractSocket { get; init; }

    /// <summary>Whether a successor may come and take over.</summary>
    public bool AwaitsSuccessor { get; init; }

    /// <summary>Whether code is compiled at run time, as in a build that is not native.</summary>
    public bool CompilesCode { get; init; }

    /// <summary>Whether plug-ins leave no way to restrict files and connections.</summary>
    public bool IsOpenForPlugins => HasPlugins && AllowedPaths.Count == 0;
}
