// SPDX-License-Identifier: MIT

using System;
using System.Text;
using TpmReady.Readiness.Decisions;

namespace TpmReady.Cli.Output;

/// <summary>The words for values, in JSON and for people.</summary>
internal static class Words
{
    /// <summary>A value's name as JSON has it: <c>FirmwareTeeBus</c> is <c>firmware-tee-bus</c>.</summary>
    public static string Of<T>(T value)
        where T : struct, Enum
    {
        StringBuilder text = new();
        foreach (char c in value.ToString())
        {
            if (char.IsAsciiLetterUpper(c) && text.Length > 0)
            {
                text.Append('-');
            }

            text.Append(char.ToLowerInvariant(c));
        }

        return text.ToString();
    }

    /// <summary>What kind of TPM, for people.</summary>
    public static string Kind(TpmKind kind) => kind switch
    {
        TpmKind.None => "no TPM",
        TpmKind.Unknown => "TPM of unknown kind",
        TpmKind.FirmwareTeeBus => "firmware TPM in OP-TEE, on the TEE bus",
        TpmKind.FirmwarePlatform => "firmware TPM in OP-TEE, named by the device tree",
        TpmKind.FirmwareExpected => "firmware TPM in OP-TEE, announced once a supplicant serves",
        TpmKind.VirtualProxy => "TPM emulated by a process",
        TpmKind.CommandResponseBuffer => "TPM with a command response buffer",
        TpmKind.CommandResponseBufferFirmwareFramework => "TPM in a secure partition, reached by FF-A",
        TpmKind.InterfaceSpecification => "TPM with TIS interface (memory mapped, SPI or I2C)",
        TpmKind.Hypervisor => "TPM of the hypervisor",
        _ => "TPM",
    };

    /// <summary>Whether it can be used, for people.</summary>
    public static string Availability(Availability availability) => availability switch
    {
        Readiness.Decisions.Availability.Usable => "usable",
        Readiness.Decisions.Availability.MayCome => "not usable yet",
        Readiness.Decisions.Availability.Absent => "absent",
        Readiness.Decisions.Availability.Broken => "does not work",
        _ => "not known without root",
    };
}
