// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Generation;
using TpmReady.Readiness.Inspection;

namespace TpmReady.Readiness.Doctor;

/// <summary>Everything that the doctor's rules look at. Reading it opens no device and asks no TPM.</summary>
internal sealed record Installation
{
    /// <summary>The machine; of an image what can be known of it.</summary>
    public required MachineFacts Facts { get; init; }

    /// <summary>What follows, without asking the TPM.</summary>
    public required Decision Decision { get; init; }

    /// <summary>Whether the root is not the running machine's.</summary>
    public bool IsElsewhere { get; init; }

    /// <summary>The units that make a firmware TPM ready, those that are missing, too.</summary>
    public IReadOnlyList<UnitReport> Units { get; init; } = [];

    /// <summary>The version of systemd; null if it is not there.</summary>
    public int? SystemdVersion { get; init; }

    /// <summary>Programs by absolute path; null for one that is missing.</summary>
    public IReadOnlyDictionary<string, FileRecord?> Programs { get; init; } =
        new Dictionary<string, FileRecord?>(StringComparer.Ordinal);

    /// <summary>What starts the supplicant beside the generator: links of enabled units, and udev's rules.</summary>
    public IReadOnlyList<string> Starters { get; init; } = [];

    /// <summary>Rules of udev that tag the supplicant's device for systemd.</summary>
    public IReadOnlyList<string> DeviceRules { get; init; } = [];

    /// <summary>Groups that this system knows; null if there is no list.</summary>
    public IReadOnlySet<string>? Groups { get; init; }

    /// <summary>The modules that a firmware TPM needs.</summary>
    public ModuleIndex Modules { get; init; } = ModuleIndex.None;

    /// <summary>The supplicant's storage.</summary>
    public SupplicantStorage Storage { get; init; } = new(SupplicantStorage.DefaultPath, null, null);

    /// <summary>The storage directory; null if it is missing, or may not be seen.</summary>
    public FileRecord? StorageDirectory { get; init; }

    /// <summary>What the storage lies on; null if nobody knows.</summary>
    public Mount? StorageMount { get; init; }

    /// <summary>Directories with a store of OP-TEE's files (<c>dirf.db</c>).</summary>
    public IReadOnlyList<string> Stores { get; init; } = [];

    /// <summary>The supplicant's settings.</summary>
    public SupplicantSettings Settings { get; init; } = SupplicantSettings.Parse("");

    /// <summary>Directories that the supplicant loads TAs from.</summary>
    public IReadOnlyList<string> ApplicationDirectories { get; init; } = [];

    /// <summary>Whether one of them has the firmware TPM's TA.</summary>
    public bool HasApplicationFile { get; init; }

    /// <summary>The plug-in directory and what is in it, by absolute path.</summary>
    public IReadOnlyDictionary<string, FileRecord> Plugins { get; init; } =
        new Dictionary<string, FileRecord>(StringComparer.Ordinal);

    /// <summary>Nodes of TEE and TPM, by absolute path.</summary>
    public IReadOnlyDictionary<string, FileRecord> Nodes { get; init; } =
        new Dictionary<string, FileRecord>(StringComparer.Ordinal);

    /// <summary>Volumes to unlock.</summary>
    public IReadOnlyList<EncryptedVolume> Volumes { get; init; } = [];

    /// <summary>The running kernel's initrd; null if nobody could list it.</summary>
    public InitrdListing? Initrd { get; init; }

    /// <summary>
    /// Whether this system has, or is made for, a firmware TPM that needs a supplicant: otherwise nothing of the
    /// supplicant can be missing.
    /// </summary>
    public bool IsForFirmwareTpm =>
        (MachineStatus.IsFirmware(Decision.Kind) && Decision.Cause != Cause.KernelRoutedStorage)
        || ((IsElsewhere || Facts.HasOptee) && Decision.Cause is Cause.NoTpm or Cause.TurnedOff
            && (Facts.IsFirmwareTpmExpected || HasGate));

    /// <summary>Whether a supplicant serves.</summary>
    public bool IsServed => SupplicantStates.Of(Facts) == SupplicantState.Serving;

    private bool HasGate => Find(InstalledUnits.GateTemplate) is { File: not null };

    /// <summary>The unit with this name, or of this template.</summary>
    public UnitReport? Find(string name)
    {
        int at = name.IndexOf('@', StringComparison.Ordinal);
        foreach (UnitReport unit in Units)
        {
            bool isIt = at < 0
                ? string.Equals(unit.Name, name, StringComparison.Ordinal)
                : unit.Name.StartsWith(name[..(at + 1)], StringComparison.Ordinal);
            if (isIt)
            {
                return unit;
            }
        }

        return null;
    }
}
