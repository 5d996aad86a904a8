// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;
using TpmReady.Systemd;

namespace TpmReady.Readiness.Generation;

/// <summary>
/// What the generator writes, from what was decided. Pure. systemd's own generator enqueues tpm2.target only while no
/// TPM is registered and the firmware claims one, so a firmware TPM whose node outlived the initrd is waited for by
/// nobody; here tpm2.target and the gate before it are enqueued whenever the TPM stands on a daemon.
/// </summary>
/// <param name="facts">What is known of the machine.</param>
/// <param name="decision">What was decided.</param>
/// <param name="settings">What the administrator said.</param>
/// <param name="units">Which units are there.</param>
public sealed class GeneratorPlan(
    MachineFacts facts, Decision decision, WaitSettings settings, InstalledUnits units)
{
    // The node comes when the driver is bound, so after the gate only udev's work is left; the rules of 260 and newer
    // ask the TPM for its identity there. An emulated or busy machine's udev has needed 25 s for its first pass.
    private const int DeviceSecondsAfterGate = 30;

    // OP-TEE's driver is loaded by udev's first pass. Once the driver is there, only a slow udev can use up the time,
    // and systemd's own DefaultDeviceTimeoutSec= applies.
    private const int SupplicantDeviceSeconds = 60;

    private const string Tpm2TargetName = "tpm2.target";
    private const string SysinitName = "sysinit.target";
    private const string UnlockTemplate = "systemd-cryptsetup@.service";
    private const string RawDevice = "dev-tpm0.device";
    private const string ManagedDevice = "dev-tpmrm0.device";

    private readonly List<GeneratedFile> _files = [];
    private readonly List<string> _messages = [];

    /// <summary>The volumes to unlock.</summary>
    public IReadOnlyList<EncryptedVolume> Volumes { get; init; } = [];

    /// <summary>Volumes that may be there, and may be the TPM's to unlock (<see cref="AutomaticVolumes"/>).</summary>
    public IReadOnlyList<string> PossibleVolumes { get; init; } = [];

    /// <summary>The supplicant's storage.</summary>
    public SupplicantStorage Storage { get; init; } = new(SupplicantStorage.DefaultPath, null, null);

    private string Gate => UnitName.Instance(InstalledUnits.GateTemplate, facts.SupplicantDevice);

    private string Readiness => units.Tpm2Target is null ? Gate : Tpm2TargetName;

    private string Supplicant => UnitName.Instance(InstalledUnits.SupplicantTemplate, facts.SupplicantDevice);

    /// <summary>Makes the output.</summary>
    public GeneratorOutput Make()
    {
        if (settings.Mistake is { } mistake)
        {
            _messages.Add(mistake + "; it is ignored.");
        }

        if (decision.Verdict == Verdict.CannotCome)
        {
            EndWait(decision.Cause, decision.Reason);
        }
        else if (decision.NeedsDaemon)
        {
            Enqueue();
        }

        return new GeneratorOutput(_files, _messages);
    }

    private void Enqueue()
    {
        if (units.Gate is null || units.Supplicant is null)
        {
            string missing = units.Gate is null ? InstalledUnits.GateTemplate : InstalledUnits.SupplicantTemplate;
            _messages.Add($"{missing} is not in this root, so nothing waits for the firmware TPM. {decision.Reason}");
            return;
        }

        StorageLoop? loop = StorageLoop.Find(Storage, Volumes);
        if (loop is { IsCertain: true })
        {
            EndWait(
                Cause.StorageBehindTpm,
                $"The firmware TPM stores in {Storage.Path}, behind the volume {loop.Volume} that it is to unlock: "
                + "move the storage, or unlock that volume otherwise.");
            return;
        }

        _messages.Add(decision.Reason + (units.OtherSupplicant is { } other ? $" {other} is enabled, too." : ""));
        EnqueueUnits(units.Gate, units.Supplicant);
        BoundDevices();
        OrderStorage();
        OrderVolumes(loop);
        OrderPossibleVolumes();
    }

    private void EnqueueUnits(string gatePath, string supplicantPath)
    {
        if (settings.SystemdWait is false)
        {
            // The TPM is to work, and nobody is to wait: tpm2.target comes when udev sees the TPM.
            _files.Add(GeneratedFile.Wants(SysinitName, Supplicant, supplicantPath));
        }
        else if (units.Tpm2Target is { } target)
        {
            _files.Add(GeneratedFile.Wants(SysinitName, Tpm2TargetName, target));
        }
        else
        {
            _files.Add(GeneratedFile.Wants(SysinitName, Gate, gatePath));
        }

        if (units.Tpm2Target is not null)
        {
            _files.Add(GeneratedFile.Wants(Tpm2TargetName, Gate, gatePath));
        }
    }

    /// <summary>
    /// tpm2.target waits for these devices, by its own unit or by what systemd's generator adds. Their time runs only
    /// after the gate, so a slow TPM makes nothing time out; a gate that fails ends the waits by
    /// tpmready-absent.target.
    /// </summary>
    private void BoundDevices()
    {
        foreach (string device in (ReadOnlySpan<string>)[RawDevice, ManagedDevice])
        {
            _files.Add(GeneratedFile.DropIn(device, string.Create(
                CultureInfo.InvariantCulture,
                $"After={Gate}\nJobRunningTimeoutSec={DeviceSecondsAfterGate}s\n")));
        }

        if ((settings.Limit?.TotalSeconds ?? (facts.SupplicantTee is null ? SupplicantDeviceSeconds : null)) is { } seconds)
        {
            _files.Add(GeneratedFile.DropIn(
                $"dev-{UnitName.Escape(facts.SupplicantDevice)}.device",
                string.Create(CultureInfo.InvariantCulture, $"JobRunningTimeoutSec={seconds}s\n")));
        }
    }

    private void OrderStorage()
    {
        if (Storage.MountPoint is not null)
        {
            _files.Add(GeneratedFile.DropIn(Supplicant, $"RequiresMountsFor={Storage.Path}\n"));
        }
    }

    /// <summary>No version of systemd orders the unlocking of a volume after tpm2.target by itself.</summary>
    private void OrderVolumes(StorageLoop? loop)
    {
        foreach (EncryptedVolume volume in Volumes)
        {
            if (!volume.UsesTpm)
            {
                continue;
            }

            if (loop is not null)
            {
                _messages.Add(
                    $"{volume.Name} is not ordered after the TPM: {Storage.MountSource}, with the TPM's storage "
                    + $"{Storage.Path}, may lie behind it.");
                continue;
            }

            _files.Add(GeneratedFile.DropIn(
                UnitName.Instance(UnlockTemplate, volume.Name),
                (settings.SystemdWait is false ? "" : $"Wants={Readiness}\n") + $"After={Readiness}\n"));
        }
    }

    /// <summary>They wait while the TPM is waited for, but do not ask for it: a password may unlock them.</summary>
    private void OrderPossibleVolumes()
    {
        foreach (string name in PossibleVolumes)
        {
            string unit = UnitName.Instance(UnlockTemplate, name);
            if (!_files.Exists(file => file.Path.Contains(unit, StringComparison.Ordinal)))
            {
                _files.Add(GeneratedFile.DropIn(unit, $"After={Readiness}\n"));
            }
        }
    }

    private void EndWait(Cause cause, string reason)
    {
        if (settings.SystemdWait is true)
        {
            _messages.Add($"{reason} {WaitSettings.SystemdName}=1 asks to wait nevertheless.");
            return;
        }

        // The node of a 1.2 exists, and others may rely on it.
        bool hasRawDevice = cause is Cause.OnlyVersion1 or Cause.UpgradeMode;
        foreach (string device in (ReadOnlySpan<string>)[RawDevice, ManagedDevice])
        {
            if (!hasRawDevice || device is ManagedDevice)
            {
                _files.Add(GeneratedFile.DropIn(device, "JobRunningTimeoutSec=100ms\n"));
            }
        }

        _messages.Add(reason + " Nothing waits for it.");
    }
}
