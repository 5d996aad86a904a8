// SPDX-License-Identifier: MIT

namespace TpmReady.Readiness.Decisions;

/// <summary>Why a decision is what it is; one value a rule, for those who act on it. The text is for people.</summary>
public enum Cause
{
    /// <summary>A container has no TPM of its own.</summary>
    Container,

    /// <summary>tpmready.wait=no.</summary>
    TurnedOff,

    /// <summary>Nothing claims a TPM.</summary>
    NoTpm,

    /// <summary>A TPM that works by itself is registered.</summary>
    WorksByItself,

    /// <summary>The process that emulates the TPM is bound to it: one ends with the other.</summary>
    EmulatorTiedToDevice,

    /// <summary>OP-TEE stores in an RPMB that the kernel reaches without a supplicant.</summary>
    KernelRoutedStorage,

    /// <summary>Something claims a TPM, and it may merely be slow.</summary>
    MayBeSlow,

    /// <summary>No supplicant serves, or nobody looked.</summary>
    NoSupplicant,

    /// <summary>The node exists and no supplicant serves: the first command that stores would kill the TPM.</summary>
    BoundWithoutSupplicant,

    /// <summary>A supplicant's device is open, and nobody receives from it.</summary>
    SupplicantPaused,

    /// <summary>The firmware TPM is not announced yet.</summary>
    NotAnnounced,

    /// <summary>The device is there and its driver is not bound.</summary>
    NotBound,

    /// <summary>An early probe failed halfway: the kernel believes in a firmware upgrade.</summary>
    HalfBound,

    /// <summary>Supplicant and driver are there, and nobody has asked the TPM.</summary>
    NotAsked,

    /// <summary>The TPM answered.</summary>
    Answered,

    /// <summary>The TPM has not answered yet.</summary>
    AnswerPending,

    /// <summary>The only TPM is a 1.2.</summary>
    OnlyVersion1,

    /// <summary>The TPM waits for a firmware upgrade, or failed its self test.</summary>
    UpgradeMode,

    /// <summary>This root has no driver for the TPM that is claimed.</summary>
    DriverMissing,

    /// <summary>This root has no driver for OP-TEE.</summary>
    OpteeDriverMissing,

    /// <summary>The driver has looked at the device and turned it down.</summary>
    ProbeFailed,

    /// <summary>The firmware has switched the TPM off.</summary>
    SwitchedOff,

    /// <summary>The firmware claims a TPM that neither ACPI nor the device tree describes.</summary>
    NothingDescribesIt,

    /// <summary>The supplicant's storage lies behind a volume that the TPM would unlock.</summary>
    StorageBehindTpm,

    /// <summary>The TA has panicked.</summary>
    ApplicationPanicked,

    /// <summary>The process that was to ask may not open the TPM.</summary>
    NotPermitted,

    /// <summary>The TPM, or the way to it, answered with an error.</summary>
    CommandFailed,
}
