// SPDX-License-Identifier: MIT

using System;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Reading;

namespace TpmReady.Diagnosis.Recognition;

/// <summary>
/// What the kernel says about TPMs. Texts: Linux drivers/char/tpm (tpm-interface.c, tpm2-cmd.c, tpm_tis_core.c, tpm_crb.c,
/// tpm_ftpm_tee.c), drivers/base/dd.c, security/integrity/ima/ima_init.c, drivers/firmware/efi, drivers/acpi.
/// </summary>
internal static class KernelSignals
{
    // TPM_RC_INITIALIZE: the self test was sent before Startup; the driver then starts the TPM and goes on.
    private const uint NotStarted = 0x100;

    // TPM_RC_TESTING: answers later.
    private const uint StillTesting = 0x90A;

    /// <summary>Looks at a line.</summary>
    public static void Recognize(in LogRecord record, SignalWriter writer)
    {
        ReadOnlySpan<char> message = record.Message;
        if (record.Source is not (LogSource.Kernel or LogSource.Other))
        {
            return;
        }

        if (!Ftpm(record, writer, message) && !Chip(record, writer, message) && !Probe(record, writer, message))
        {
            Firmware(record, writer, message);
        }
    }

    private static bool Ftpm(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        if (message.Has("tee_client_open_session failed"))
        {
            writer.Add(record, SignalKind.FtpmOpenFailed, "ftpm", message.NumberAfter("err=", hex: true));
        }
        else if (message.Has("SUBMIT_COMMAND invoke error"))
        {
            writer.Add(record, SignalKind.FtpmInvokeError, "ftpm", message.NumberAfter("invoke error:", hex: true));
        }
        else if (message.Has("tpm_chip_register failed"))
        {
            writer.Add(record, SignalKind.TpmProbeFailed, message.UpTo(":"), message.NumberAfter("rc="));
        }
        else if (message.Has("tpm_ftpm_tee") || message.Has("ftpm-tee") || message.StartsWith("optee-ftpm"))
        {
            if (!message.Has("failed"))
            {
                writer.Add(record, SignalKind.FtpmDriver, message.UpTo(":"));
                return true;
            }

            return false;
        }
        else
        {
            return false;
        }

        return true;
    }

    private static bool Chip(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        if (!message.Has("tpm"))
        {
            return false;
        }

        if (message.Has(": 2.0 TPM (") || message.Has(": 1.2 TPM ("))
        {
            writer.Add(record, SignalKind.TpmChip, message.Has(": 2.0 TPM (") ? "2.0" : "1.2");
        }
        else if (message.Has("send(): error") || message.Has("tpm_send: error"))
        {
            writer.Add(record, SignalKind.TpmSendError, message.UpTo(":"), message.NumberAfter("error "));
        }
        else if (message.After("A TPM error (", out ReadOnlySpan<char> error) || message.After("TPM error(", out error))
        {
            Error(record, writer, error.Number());
        }
        else if (message.HasAny("is disabled/deactivated", "TPM is disabled", "TPM is deactivated"))
        {
            writer.Add(record, SignalKind.TpmDisabled);
        }
        else if (record.Source == LogSource.Kernel && message.StartsWith("tpm") && message.HasAny(
            "invalid TPM_STS", "Operation Timed out", "Operation Canceled", "self test failed", "field failure mode",
            "name comparison failed", "Timeout waiting", "timed out", "in failure mode", "not responding", "lockout",
            "Unable to read header", "invalid response", "tpm_tis_status: "))
        {
            writer.Add(record, SignalKind.TpmFault, message.UpTo(":"));
        }
        else
        {
            return false;
        }

        return true;
    }

    private static void Error(in LogRecord record, SignalWriter writer, uint? code)
    {
        SignalKind kind = code switch
        {
            NotStarted => SignalKind.TpmMention,
            StillTesting => SignalKind.TpmSlow,
            _ => SignalKind.TpmFault,
        };
        writer.Add(record, kind, "self test", code);
    }

    private static bool Probe(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        bool about = message.HasAny("tpm", "MSFT0101", "bc50d971");
        if (about && message.Has("failed with error ") && message.HasAny("probe of", "probe with driver"))
        {
            writer.Add(record, SignalKind.TpmProbeFailed, message.UpTo(":"), message.NumberAfter("failed with error "));
        }
        else if (about && message.HasAny(
            "can't request region", "does not cover the entire", "can't claim", "can't reserve", "Failed to get TPM2 ACPI",
            "TPM2 ACPI table does not", "tpm_crb: [Firmware Bug]", "[Firmware Bug]: ACPI region", "failed to map"))
        {
            writer.Add(record, SignalKind.TpmResourceConflict, message.UpTo(":"));
        }
        else if (message.Has("No TPM chip found"))
        {
            writer.Add(record, SignalKind.ImaBypass);
        }
        else
        {
            return false;
        }

        return true;
    }

    private static void Firmware(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        if (message.Has("ACPI: TPM2 0x") || message.HasAny("TPMFinalLog=", "TPMEventLog="))
        {
            writer.Add(record, SignalKind.FirmwareTpm2);
        }
        else if (message.Has("ACPI: TCPA 0x"))
        {
            writer.Add(record, SignalKind.FirmwareTpm12);
        }
        else if (message.StartsWith("optee: ") || message.StartsWith("tee: ") || message.Has("linaro,optee"))
        {
            Optee(record, writer, message);
        }
        else if (message.HasAny("amdtee driver init", "amd-tee driver init", "qcomtee", "QTEE version"))
        {
            writer.Add(record, SignalKind.OtherTee, message.UpTo(": "));
        }
    }

    private static void Optee(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        if (message.Has("initialized driver"))
        {
            writer.Add(record, SignalKind.OpteeReady);
        }
        else if (message.HasAny(
            "api uid mismatch", "api revision mismatch", "capabilities mismatch", "missing \"method\"", "invalid \"method\"",
            "probe of", "failed with error", "driver init failed", "conduit not found"))
        {
            writer.Add(record, SignalKind.OpteeFailed, message, message.NumberAfter("failed with error "));
        }
    }
}
