// SPDX-License-Identifier: MIT

namespace TpmReady.Board;

/// <summary>Where the TPM's TA lives, and when OP-TEE tells the kernel of it.</summary>
public enum FirmwareKind
{
    /// <summary>In the firmware; announced at once (TA_FLAG_DEVICE_ENUM), before any supplicant.</summary>
    Before,

    /// <summary>
    /// As <see cref="Before"/>, and after a panic OP-TEE starts the TA afresh, as it did with every TA before 4.8.
    /// </summary>
    BeforeRestart,

    /// <summary>
    /// In the firmware; announced when a supplicant opens its device (TA_FLAG_DEVICE_ENUM_TEE_STORAGE_PRIVATE): the
    /// flag of OP-TEE's own fTPM.
    /// </summary>
    After,

    /// <summary>As <see cref="After"/>, by the flag that older builds patch in (TA_FLAG_DEVICE_ENUM_SUPP).</summary>
    AfterSupplicantFlag,

    /// <summary>In the root file system, loaded by the supplicant; the device tree names it (microsoft,ftpm).</summary>
    ReeFs,

    /// <summary>In the firmware, with storage in the eMMC's RPMB instead of files.</summary>
    Rpmb,

    /// <summary>
    /// No secure world: UEFI with ACPI, as on most machines. Its TPM, if it has one, is a chip (<see cref="ChipKind"/>).
    /// </summary>
    Uefi,
}
