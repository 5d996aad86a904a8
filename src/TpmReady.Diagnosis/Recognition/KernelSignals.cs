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
        if (record.Lower.Has("tee_client_open_session failed"))
        {
            writer.Add(record, SignalKind.FtpmOpenFailed, "ftpm", message.NumberAfter("err=", hex: true));
        }
        else if (record.Lower.Has("submit_command invoke error"))
        {
            writer.Add(record, SignalKind.FtpmInvokeError, "ftpm", message.NumberAfter("invoke error:", hex: true));
        }
        else if (record.Lower.Has("tpm_chip_register failed"))
        {
            writer.Add(record, SignalKind.TpmProbeFailed, message.UpTo(":"), message.NumberAfter("rc="));
        }
        else if (record.Lower.Has("tpm_ftpm_tee") || record.Lower.Has("ftpm-tee") || message.StartsWith("optee-ftpm"))
        {
            if (!record.Lower.Has("failed"))
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
        if (!record.Lower.Has("tpm"))
        {
            return false;
        }

        if (record.Lower.Has(": 2.0 tpm (") || record.Lower.Has(": 1.2 tpm ("))
        {
            writer.Add(record, SignalKind.TpmChip, record.Lower.Has(": 2.0 tpm (") ? "2.0" : "1.2");
        }
        else if (record.Lower.Has("send(): error") || record.Lower.Has("tpm_send: error"))
        {
            writer.Add(record, SignalKind.TpmSendError, message.UpTo(":"), message.NumberAfter("error "));
        }
        else if (message.After("A TPM error (", out ReadOnlySpan<char> error) || message.After("TPM error(", out error))
        {
            Error(record, writer, error.Number());
        }
        else if (record.Lower.HasAny("is disabled/deactivated", "tpm is disabled", "tpm is deactivated"))
        {
            writer.Add(record, SignalKind.TpmDisabled);
        }
        else if (record.Source == LogSource.Kernel && message.StartsWith("tpm") && record.Lower.HasAny(
            "invalid tpm_sts", "operation timed out", "operation canceled", "self test failed", "field failure mode",
            "name comparison failed", "timeout waiting", "timed out", "in failure mode", "not responding", "lockout",
            "unable to read header", "invalid response", "tpm_tis_status: "))
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
        bool about = record.Lower.HasAny("tpm", "msft0101", "bc50d971");
        if (about && record.Lower.Has("failed with error ") && record.Lower.HasAny("probe of", "probe with driver"))
        {
            writer.Add(record, SignalKind.TpmProbeFailed, message.UpTo(":"), message.NumberAfter("failed with error "));
        }
        else if (about && record.Lower.HasAny(
            "can't request region", "does not cover the entire", "can't claim", "can't reserve", "failed to get tpm2 acpi",
            "tpm2 acpi table does not", "tpm_crb: [firmware bug]", "[firmware bug]: acpi region", "failed to map"))
        {
            writer.Add(record, SignalKind.TpmResourceConflict, message.UpTo(":"));
        }
        else if (record.Lower.Has("no tpm chip found"))
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
        if (record.Lower.Has("acpi: tpm2 0x") || record.Lower.HasAny("tpmfinallog=", "tpmeventlog="))
        {
            writer.Add(record, SignalKind.FirmwareTpm2);
        }
        else if (record.Lower.Has("acpi: tcpa 0x"))
        {
            writer.Add(record, SignalKind.FirmwareTpm12);
        }
        else if (message.StartsWith("optee: ") || message.StartsWith("tee: ") || record.Lower.Has("linaro,optee"))
        {
            Optee(record, writer, message);
        }
        else if (record.Lower.HasAny("amdtee driver init", "amd-tee driver init", "qcomtee", "qtee version"))
        {
            writer.Add(record, SignalKind.OtherTee, message.UpTo(": "));
        }
    }

    private static void Optee(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        if (record.Lower.Has("initialized driver"))
        {
            writer.Add(record, SignalKind.OpteeReady);
        }
        else if (record.Lower.HasAny(
            "api uid mismatch", "api revision mismatch", "capabilities mismatch", "missing \"method\"", "invalid \"method\"",
            "probe of", "failed with error", "driver init failed", "conduit not found"))
        {
            writer.Add(record, SignalKind.OpteeFailed, message, message.NumberAfter("failed with error "));
        }
    }
}
