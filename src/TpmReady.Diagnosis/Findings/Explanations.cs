// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;

namespace TpmReady.Diagnosis.Findings;

/// <summary>Which cause explains which other finding, so that ten effects of one cause are one finding.</summary>
internal static class Explanations
{
    private static readonly string[] Waits =
    [
        FindingIds.NodeNeverAppears, FindingIds.FirmwareClaimsTpmNoDriver, FindingIds.UdevTagMissing,
        FindingIds.ServiceRequiresAbsentDevice,
    ];

    private static readonly string[] Deaths =
    [
        FindingIds.TaDead, FindingIds.TaPanic, FindingIds.DriverProbeFailed, FindingIds.DriverNotLoaded,
    ];

    private static readonly Dictionary<string, string[]> Table = new(StringComparer.Ordinal)
    {
        [FindingIds.OrderingCycle] = [.. Waits, FindingIds.ServicesSkipped],
        [FindingIds.Tpm12] = [.. Waits, FindingIds.ServicesSkipped, FindingIds.TpmOldSpec],
        [FindingIds.SwitchRootTpmIdentity] = Waits,
        [FindingIds.OpteeDriverMissing] = [.. Waits, FindingIds.SupplicantOpenFailed, FindingIds.DriverNotLoaded],
        [FindingIds.ModuleMissing] = [.. Waits, FindingIds.DriverNotLoaded],
        [FindingIds.ModuleMissingInInitrd] = [.. Waits, FindingIds.DriverNotLoaded, FindingIds.RaceServiceVsDevice],
        [FindingIds.DriverProbeFailed] = [.. Waits, FindingIds.DriverNotLoaded],
        [FindingIds.TaAbiMismatch] = [.. Waits, .. Deaths],
        [FindingIds.TaProvisioning] = [.. Waits, .. Deaths, FindingIds.SupplicantMissing],
        [FindingIds.RpmbKeyMismatch] = [.. Waits, .. Deaths, FindingIds.RpmbUnavailable, FindingIds.SupplicantMissing],
        [FindingIds.RpmbUnavailable] = [.. Waits, .. Deaths, FindingIds.SupplicantMissing],
        [FindingIds.SupplicantOpenFailed] = [.. Waits, .. Deaths, FindingIds.SupplicantMissing],
        [FindingIds.SupplicantExitedOnRevokedRequest] = [.. Waits, .. Deaths, FindingIds.SupplicantMissing],
        [FindingIds.StaleInitrdSupplicant] =
        [
            .. Waits, .. Deaths, FindingIds.SupplicantMissing, FindingIds.SupplicantOpenFailed, FindingIds.StorageInconsistent,
        ],
        [FindingIds.SupplicantMissing] =
        [
            .. Waits, .. Deaths, FindingIds.StorageInconsistent, FindingIds.ServicesSkipped, FindingIds.RaceServiceVsDevice,
        ],
        [FindingIds.SwitchRootNotRequeued] = [FindingIds.ServicesSkipped, FindingIds.TaDead],
        [FindingIds.ShutdownOrder] = [FindingIds.TaDead, FindingIds.TaPanic],
        [FindingIds.StorageInconsistent] = [FindingIds.TaPanic, FindingIds.TaDead],
        [FindingIds.TaPanic] = [.. Waits, FindingIds.TaDead, FindingIds.DriverProbeFailed],
        [FindingIds.TaDead] = [.. Waits, FindingIds.DriverProbeFailed],
        [FindingIds.DriverNotLoaded] = Waits,
        [FindingIds.UdevTagMissing] = [FindingIds.NodeNeverAppears],
        [FindingIds.ServiceRequiresAbsentDevice] =
        [
            FindingIds.NodeNeverAppears, FindingIds.FirmwareClaimsTpmNoDriver, FindingIds.UdevTagMissing, FindingIds.ServicesSkipped,
        ],
        [FindingIds.FirmwareProtocolTooOld] = [FindingIds.ServicesSkipped],
        [FindingIds.FirmwareClaimsTpmNoDriver] = [FindingIds.NodeNeverAppears, FindingIds.ServicesSkipped],
        [FindingIds.TpmFirmwareBug] = [.. Waits, FindingIds.TpmSlow],
        [FindingIds.RaceServiceVsDevice] = [FindingIds.ServicesSkipped],
        [FindingIds.InitrdFileMissing] = [FindingIds.UserspaceLibraryMissing, FindingIds.RaceServiceVsDevice],
    };

    /// <summary>Whether one finding explains another.</summary>
    /// <param name="root">Id of the cause.</param>
    /// <param name="other">Id of what may be its effect.</param>
    public static bool Explains(string root, string other) =>
        Table.TryGetValue(root, out string[]? effects) && Array.IndexOf(effects, other) >= 0;

    /// <summary>What a finding is when another one explains it, one phrase.</summary>
    /// <param name="id">Id of the finding.</param>
    public static string AsEffect(string id) => id switch
    {
        FindingIds.TaDead => "the TPM's TA is dead and answers no command",
        FindingIds.TaPanic => "the TPM's TA panicked",
        FindingIds.NodeNeverAppears or FindingIds.FirmwareClaimsTpmNoDriver or FindingIds.UdevTagMissing
            or FindingIds.ServiceRequiresAbsentDevice => "the boot waited for a TPM that did not come",
        FindingIds.DriverProbeFailed => "the TPM's driver could not start",
        FindingIds.DriverNotLoaded => "there is no driver for the TPM",
        FindingIds.ServicesSkipped => "systemd's TPM services did nothing",
        FindingIds.SupplicantMissing => "requests of the secure world stayed unanswered",
        FindingIds.SupplicantOpenFailed => "the supplicant did not start",
        FindingIds.StorageInconsistent => "the TPM's storage was lost",
        FindingIds.RaceServiceVsDevice => "a user of the TPM gave up before it came",
        FindingIds.RpmbUnavailable => "the RPMB cannot be used",
        FindingIds.UserspaceLibraryMissing => "a TPM library is missing",
        FindingIds.TpmSlow => "the TPM is slow",
        FindingIds.TpmOldSpec => "the TPM lacks what is asked for",
        _ => id,
    };
}
