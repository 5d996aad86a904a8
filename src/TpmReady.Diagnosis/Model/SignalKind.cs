// SPDX-License-Identifier: MIT

namespace TpmReady.Diagnosis.Model;

/// <summary>
/// What a line can tell, independent of its format and of the words of one version. Rules work on these only.
/// </summary>
public enum SignalKind
{
    // systemd; the subject is a unit's name or description.
    UnitStarting,
    UnitStarted,
    UnitStopping,
    UnitStopped,
    UnitFailed,
    UnitExit,
    UnitSkipped,
    UnitMissing,
    DependencyFailed,
    TargetReached,
    JobEnqueued,
    HeldBack,
    DeviceExpected,
    DeviceFound,
    DeviceWaiting,
    DeviceTimeout,
    OrderingCycle,
    CycleJobDeleted,
    ForcedReboot,
    TpmTargetNotGenerated,
    ServiceUserMissing,

    // The course of a boot.
    KernelStarted,
    SystemdVersion,
    InitrdRunning,
    SwitchRoot,
    ShutdownBegun,
    ShutdownFinal,
    StartupFinished,
    LogGap,

    // The kernel's TPM drivers; the subject is a driver or a device.
    TpmChip,
    TpmNodeRenumbered,
    TpmProbeFailed,
    TpmResourceConflict,
    TpmFault,
    TpmSlow,
    TpmSendError,
    TpmDisabled,
    FtpmOpenFailed,
    FtpmInvokeError,
    FtpmDriver,
    ImaBypass,
    FirmwareTpm2,
    FirmwareTpm12,
    ModuleMissing,
    UdevWorkerStuck,
    NodeAbsent,

    // OP-TEE.
    OpteeReady,
    OpteeFailed,
    OtherTee,
    TaPanic,
    TaDump,
    TaAbort,
    TaTrace,
    TaOpenFailed,
    TaNotFound,
    RpcRefused,
    StorageRemoved,
    StorageCommitted,
    StorageDamaged,
    RpmbUnavailable,
    RpmbKeyMismatch,
    RpmbEmulated,
    RpmbInit,
    ProvisioningMissing,
    TeeTest,

    // The supplicant.
    SupplicantOpenFailed,
    SupplicantRevoked,
    SupplicantSurvives,
    SupplicantRan,
    SupplicantGone,
    StaleRoot,

    // User space around the TPM.
    LibraryMissing,
    TokenPluginMissing,
    InitrdFileMissing,
    GracefulExit,
    UnlockFallback,
    TssError,
    CapabilityFailed,
    NoSha256,
    PcrExtended,
    SrkCreated,
    SrkMismatch,
    TpmUsed,
    FirmwareProtocolOld,
    PartialTpmSupport,
    UdevTag,

    // Said by a person inside the excerpt.
    SaysTpm12,
    SaysCycle,
    SaysRpmbMissing,
    SaysNoDriver,
    SaysNode,

    /// <summary>Something about a TPM failed and no other kind fits.</summary>
    TpmTrouble,

    /// <summary>A line about the TPM or the TEE in which nothing fails.</summary>
    TpmMention,
}
