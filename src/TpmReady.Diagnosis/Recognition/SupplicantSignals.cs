// SPDX-License-Identifier: MIT

using System;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Reading;

namespace TpmReady.Diagnosis.Recognition;

/// <summary>
/// What supplicants say, and what is said about them. Texts: optee_client tee-supplicant/src (prefix TSUP, before 2022
/// TEES), and tpmready's own.
/// </summary>
internal static class SupplicantSignals
{
    /// <summary>Looks at a line.</summary>
    public static void Recognize(in LogRecord record, SignalWriter writer)
    {
        ReadOnlySpan<char> message = record.Message;
        bool own = record.Identifier.Has("tee-supplicant") || record.Identifier is "(pplicant)" ||
            message.HasAny("TSUP:", "TEES:");
        if (own)
        {
            Own(record, writer, message);
        }
        else if (message.HasAny("/dev/teepriv", "/dev/tee"))
        {
            Device(record, writer, message);
        }

        if (message.Has("Executing: @") && message.Has("supplicant"))
        {
            writer.Add(record, SignalKind.SupplicantSurvives);
        }
        else if (message.HasAny("SurviveFinalKillSignal", "root storage daemon") && message.Has("supplicant"))
        {
            writer.Add(record, SignalKind.SupplicantSurvives);
        }

        if (record.Source == LogSource.Other && message.Has("regression_") && message.HasAny("ftpm", "FAILED", "Test "))
        {
            writer.Add(record, SignalKind.TeeTest, message);
        }
    }

    private static void Own(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        if (message.Has("TEE_IOC_SUPPL_SEND") || message.Has("SUPPL_SEND"))
        {
            bool revoked = message.HasAny("Bad file descriptor", "EBADF", "No such file", "ENOENT");
            writer.Add(record, revoked ? SignalKind.SupplicantRevoked : SignalKind.SupplicantGone, message);
        }
        else if (message.Has("failed to find an OP-TEE supplicant device"))
        {
            writer.Add(record, SignalKind.SupplicantOpenFailed, "");
        }
        else if (message.HasAny("/dev/teepriv", "teepriv0"))
        {
            Device(record, writer, message);
        }
        else if (message.HasAny("TA not found", "no such TA"))
        {
            writer.Add(record, SignalKind.TaNotFound, message);
        }
        else if (message.HasAny("old root", "emptied root", "root directory is gone", "(deleted)"))
        {
            writer.Add(record, SignalKind.StaleRoot, message);
        }
        else
        {
            _ = RpmbSignals.Recognize(record, writer);
        }
    }

    private static void Device(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        ReadOnlySpan<char> cause =
            message.HasAny("Permission denied", "EACCES") ? "permission"
            : message.HasAny("Device or resource busy", "EBUSY") ? "busy"
            : message.HasAny("No such file", "ENOENT", "No such device", "ENXIO", "ENODEV") ? "no-driver"
            : message.HasAny("not OP-TEE", "not an OP-TEE", "impl_id", "implementation id") ? "not-optee"
            : default;
        bool priv = message.Has("teepriv");
        if (!cause.IsEmpty && (priv || message.Has("/dev/tee0") && cause is "no-driver") &&
            message.HasAny("open", "cannot", "access", "failed", "stat", "find"))
        {
            writer.Add(record, SignalKind.SupplicantOpenFailed, cause);
        }
        else if (priv && (message.Contains(" /dev/teepriv0", StringComparison.Ordinal) || message.StartsWith("/dev/tee")) &&
            message.Has("/dev/tee0") && !message.Has("Failed"))
        {
            // A listing: the nodes are there.
            writer.Add(record, SignalKind.SupplicantRan, "nodes");
        }
    }
}
