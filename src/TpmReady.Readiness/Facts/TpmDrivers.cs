// SPDX-License-Identifier: MIT

using System.Collections.Generic;

namespace TpmReady.Readiness.Facts;

/// <summary>
/// The kernel's TPM drivers by what their device nodes need, from the kernel's drivers/char/tpm. A new kind of TPM that
/// needs a daemon is added here.
/// </summary>
internal static class TpmDrivers
{
    /// <summary>The UUID of the firmware TPM's TA (tpm_ftpm_tee.c).</summary>
    public const string FirmwareTpmIdentifier = "bc50d971-d4c9-42c4-82cb-343fb7f37896";

    /// <summary>The firmware TPM's device on the TEE bus.</summary>
    public const string FirmwareTpmDevice = "optee-ta-" + FirmwareTpmIdentifier;

    /// <summary>The firmware TPM's driver on the TEE bus.</summary>
    public const string TeeBusDriver = "optee-ftpm";

    /// <summary>The firmware TPM's driver on the platform bus.</summary>
    public const string PlatformDriver = "ftpm-tee";

    /// <summary>The module that holds both.</summary>
    public const string FirmwareTpmModule = "tpm_ftpm_tee";

    /// <summary>The module of OP-TEE's driver.</summary>
    public const string OpteeModule = "optee";

    /// <summary>What a device tree calls the firmware TPM.</summary>
    public const string FirmwareTpmCompatible = "microsoft,ftpm";

    /// <summary>What a device tree calls OP-TEE.</summary>
    public const string OpteeCompatible = "linaro,optee-tz";

    /// <summary>Modules that drive the TPMs that a device tree describes.</summary>
    public static IReadOnlyList<string> BusModules =>
    [
        "tpm_tis", "tpm_tis_spi", "tpm_tis_i2c", "tpm_tis_synquacer", "tpm_i2c_nuvoton", "tpm_i2c_infineon",
        "tpm_i2c_atmel", "tpm_ibmvtpm",
    ];

    /// <summary>Whether this driver's TPM is the one in OP-TEE.</summary>
    public static bool IsFirmwareTpm(string? driver) => driver is TeeBusDriver or PlatformDriver;

    /// <summary>The driver's bus.</summary>
    public static string BusOf(string driver) => driver is TeeBusDriver ? "tee" : "platform";
}
