// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;

namespace TpmReady.Board;

/// <summary>How a board boots. Every value has a default that boots to a working TPM.</summary>
public sealed record BoardOptions
{
    /// <summary>Where the TPM's TA lives and when the kernel learns of it.</summary>
    public FirmwareKind Firmware { get; init; } = FirmwareKind.After;

    /// <summary>The TPM of a board with <see cref="FirmwareKind.Uefi"/>; others have theirs in the secure world.</summary>
    public ChipKind Chip { get; init; } = ChipKind.Tpm2;

    /// <summary>Which supplicant systemd starts.</summary>
    public SupplicantKind Supplicant { get; init; } = SupplicantKind.Ours;

    /// <summary>What runs as PID 1.</summary>
    public InitKind Init { get; init; } = InitKind.Systemd;

    /// <summary>What is between the kernel and PID 1 of the root file system.</summary>
    public InitrdKind Initrd { get; init; } = InitrdKind.None;

    /// <summary>
    /// The directory that keeps the board's disks and its TPM's state from one boot to the next.
    /// Null: a new board, thrown away when it is disposed.
    /// </summary>
    public string? StateDirectory { get; init; }

    /// <summary>RAM of the board, in MiB.</summary>
    public int MemoryMebibytes { get; init; } = 1024;

    /// <summary>Processors of the board.</summary>
    public int Processors { get; init; } = 2;

    /// <summary>
    /// Whether udev may load the fTPM driver by itself. Off by default: the driver is loaded when the supplicant serves.
    /// </summary>
    public bool DriverAutoload { get; init; }

    /// <summary>Adds an eMMC with a replay-protected memory block, whose contents the state directory keeps.</summary>
    public bool Emmc { get; init; }

    /// <summary>Adds an empty disk of 1 GiB, /dev/disk/by-id/virtio-spare, which the state directory keeps.</summary>
    public bool SpareDisk { get; init; }

    /// <summary>
    /// The socket of an NBD server, as <see cref="Disks.VolatileDisk"/>, whose disk the board has with the serial number
    /// "store". With <c>board.store=FILESYSTEM</c> on the kernel's command line plain init mounts it for secure storage.
    /// </summary>
    public string? StoreSocket { get; init; }

    /// <summary>Appended to the kernel's command line.</summary>
    public string KernelParameters { get; init; } = "";

    /// <summary>Files for /opt/board beyond the standard payload: name there, path here.</summary>
    public IReadOnlyDictionary<string, string> ExtraFiles { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Files for a distribution's initrd beyond what it has: path there, without a slash in front, and path here.</summary>
    public IReadOnlyDictionary<string, string> InitrdFiles { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Extra options for our supplicant, separated by spaces, without commas and quotes in them.</summary>
    public string SupplicantArguments { get; init; } = "";

    /// <summary>
    /// How long until the guest's agent must have reported. Generous: emulation on a busy machine is many times slower.
    /// </summary>
    public TimeSpan BootLimit { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Shows the console on this terminal instead of running unattended.</summary>
    public bool Interactive { get; init; }
}
