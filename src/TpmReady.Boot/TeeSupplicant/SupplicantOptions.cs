// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Supplicant;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Rpmb;
using TpmReady.Supplicant.Sandbox;
using TpmReady.Supplicant.Storage;

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>What the supplicant was told to do.</summary>
internal sealed record SupplicantOptions
{
    /// <summary>64 MiB.</summary>
    public const long DefaultRecordLimit = 64L << 20;

    /// <summary>What to do; everything but serving ends at once.</summary>
    public SupplicantAction Action { get; init; }

    /// <summary>Whether to go into the background once the device is open.</summary>
    public bool Daemonizes { get; init; }

    /// <summary>
    /// The pipe to a waiting parent that this process was started in the background by; null without one.
    /// </summary>
    public int? ReadyDescriptor { get; init; }

    /// <summary>The storage directory, absolute.</summary>
    public required string StoragePath { get; init; }

    /// <summary>Where TAs are, in the order of the search.</summary>
    public required IReadOnlyList<string> TrustedApplicationPaths { get; init; }

    /// <summary>The directory of plug-ins; null for none.</summary>
    public string? PluginPath { get; init; }

    /// <summary>Whether plug-ins that other users can change are refused.</summary>
    public bool ChecksPluginOwner { get; init; } = true;

    /// <summary>Whether the secure world may store files.</summary>
    public bool ServesFileSystem { get; init; } = true;

    /// <summary>The network that TAs get; null for none.</summary>
    public SocketOptions? Sockets { get; init; }

    /// <summary>The directory of profiles, absolute; null for none.</summary>
    public string? ProfilePath { get; init; }

    /// <summary>When the secure world's writes become durable.</summary>
    public FileSyncMode FileSync { get; init; } = FileSyncMode.Commit;

    /// <summary>Whose RPMB is served; null for none.</summary>
    public RpmbOptions? Rpmb { get; init; }

    /// <summary>
    /// Whether a successor shall go on with what this process has open; null lets the service manager decide.
    /// </summary>
    public bool? Handover { get; init; }

    /// <summary>The running supplicant that this process takes over from; null to begin alone.</summary>
    public int? Predecessor { get; init; }

    /// <summary>Where to find the device, and how long to wait.</summary>
    public required DiscoveryOptions Discovery { get; init; }

    /// <summary>Threads and memory.</summary>
    public required SupplicantLimits Limits { get; init; }

    /// <summary>What is logged.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Info;

    /// <summary>Where to; null lets the surroundings decide.</summary>
    public LogTarget? LogTarget { get; init; }

    /// <summary>Where requests are recorded, absolute; null for nowhere.</summary>
    public string? RecordFile { get; init; }

    /// <summary>How long a recording may become, in bytes.</summary>
    public long RecordLimit { get; init; } = DefaultRecordLimit;

    /// <summary>The recording to replay, absolute; null to serve.</summary>
    public string? ReplayFile { get; init; }

    /// <summary>Where counts are written, absolute; null for nowhere.</summary>
    public string? StatisticsFile { get; init; }

    /// <summary>Which parts of the cage are wanted.</summary>
    public SandboxOptions Sandbox { get; init; } = new();

    /// <summary>What plug-ins may open besides.</summary>
    public IReadOnlyList<string> AllowedPaths { get; init; } = [];

    /// <summary>The only plug-ins that are loaded; null for all.</summary>
    public IReadOnlySet<Guid>? AllowedPlugins { get; init; }

    /// <summary>How long a file operation waits for descriptors or memory.</summary>
    public TimeSpan FilePatience { get; init; } = TimeSpan.FromSeconds(10);
}
