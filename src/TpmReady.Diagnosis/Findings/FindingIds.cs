// SPDX-License-Identifier: MIT

using System.Collections.Generic;

namespace TpmReady.Diagnosis.Findings;

/// <summary>The closed list of findings; docs/findings.md tells what each stands for.</summary>
public static class FindingIds
{
    public const string SwitchRootNotRequeued = "switch-root-not-requeued";
    public const string StaleInitrdSupplicant = "stale-initrd-supplicant";
    public const string SwitchRootTpmIdentity = "switch-root-tpm-identity";
    public const string SupplicantMissing = "supplicant-missing";
    public const string SupplicantOpenFailed = "supplicant-open-failed";
    public const string SupplicantExitedOnRevokedRequest = "supplicant-exited-on-revoked-request";
    public const string ShutdownOrder = "shutdown-order";
    public const string TaDead = "ta-dead";
    public const string TaPanic = "ta-panic";
    public const string TaAbiMismatch = "ta-abi-mismatch";
    public const string TaProvisioning = "ta-provisioning";
    public const string RpmbUnavailable = "rpmb-unavailable";
    public const string RpmbKeyMismatch = "rpmb-key-mismatch";
    public const string RpmbEmulated = "rpmb-emulated";
    public const string StorageInconsistent = "storage-inconsistent";
    public const string OpteeDriverMissing = "optee-driver-missing";
    public const string DriverNotLoaded = "driver-not-loaded";
    public const string DriverProbeFailed = "driver-probe-failed";
    public const string ModuleMissing = "module-missing";
    public const string ModuleMissingInInitrd = "module-missing-in-initrd";
    public const string InitrdFileMissing = "initrd-file-missing";
    public const string UserspaceLibraryMissing = "userspace-library-missing";
    public const string UdevTagMissing = "udev-tag-missing";
    public const string NodeNeverAppears = "node-never-appears";
    public const string FirmwareClaimsTpmNoDriver = "firmware-claims-tpm-no-driver";
    public const string FirmwareProtocolTooOld = "firmware-protocol-too-old";
    public const string Tpm12 = "tpm12";
    public const string TpmOldSpec = "tpm-old-spec";
    public const string TpmFirmwareBug = "tpm-firmware-bug";
    public const string TpmSlow = "tpm-slow";
    public const string RaceServiceVsDevice = "race-service-vs-device";
    public const string OrderingCycle = "ordering-cycle";
    public const string ServiceRequiresAbsentDevice = "service-requires-absent-device";
    public const string ServicesSkipped = "services-skipped";
    public const string ImaBeforeTpm = "ima-before-tpm";
    public const string Unknown = "unknown";

    /// <summary>All ids.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        SwitchRootNotRequeued,
        StaleInitrdSupplicant,
        SwitchRootTpmIdentity,
        SupplicantMissing,
        SupplicantOpenFailed,
        SupplicantExitedOnRevokedRequest,
        ShutdownOrder,
        TaDead,
        TaPanic,
        TaAbiMismatch,
        TaProvisioning,
        RpmbUnavailable,
        RpmbKeyMismatch,
        RpmbEmulated,
        StorageInconsistent,
        OpteeDriverMissing,
        DriverNotLoaded,
        DriverProbeFailed,
        ModuleMissing,
        ModuleMissingInInitrd,
        InitrdFileMissing,
        UserspaceLibraryMissing,
        UdevTagMissing,
        NodeNeverAppears,
        FirmwareClaimsTpmNoDriver,
        FirmwareProtocolTooOld,
        Tpm12,
        TpmOldSpec,
        TpmFirmwareBug,
        TpmSlow,
        RaceServiceVsDevice,
        OrderingCycle,
        ServiceRequiresAbsentDevice,
        ServicesSkipped,
        ImaBeforeTpm,
        Unknown,
    ];
}
