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
        bool own = record.Identifier.Mentions("tee-supplicant") || record.Identifier is "(pplicant)" ||
            record.Lower.HasAny("tsup:", "tees:");
        if (own)
        {
            Own(record, writer, message);
        }
        else if (record.Lower.HasAny("/dev/teepriv", "/dev/tee"))
        {
            Device(record, writer, message);
        }

        if (record.Lower.Has("executing: @") && record.Lower.Has("supplicant"))
        {
            writer.Add(record, SignalKind.SupplicantSurvives);
        }
        else if (record.Lower.HasAny("survivefinalkillsignal", "root storage daemon") && record.Lower.Has("supplicant"))
        {
            writer.Add(record, SignalKind.SupplicantSurvives);
        }

        if (record.Source == LogSource.Other && record.Lower.Has("regression_") && record.Lower.HasAny("ftpm", "failed", "test "))
        {
            writer.Add(record, SignalKind.TeeTest, message);
        }
    }

    private static void Own(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        if (record.Lower.Has("tee_ioc_suppl_send") || record.Lower.Has("suppl_send"))
        {
            bool revoked = record.Lower.HasAny("bad file descriptor", "ebadf", "no such file", "enoent");
            writer.Add(record, revoked ? SignalKind.SupplicantRevoked : SignalKind.SupplicantGone, message);
        }
        else if (record.Lower.Has("failed to find an op-tee supplicant device"))
        {
            writer.Add(record, SignalKind.SupplicantOpenFailed, "");
        }
        else if (record.Lower.HasAny("/dev/teepriv", "teepriv0"))
        {
            Device(record, writer, message);
        }
        else if (record.Lower.HasAny("ta not found", "no such ta"))
        {
            writer.Add(record, SignalKind.TaNotFound, message);
        }
        else if (record.Lower.HasAny("old root", "emptied root", "root directory is gone", "(deleted)"))
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
            record.Lower.HasAny("permission denied", "eacces") ? "permission"
            : record.Lower.HasAny("device or resource busy", "ebusy") ? "busy"
            : record.Lower.HasAny("no such file", "enoent", "no such device", "enxio", "enodev") ? "no-driver"
            : record.Lower.HasAny("not op-tee", "not an op-tee", "impl_id", "implementation id") ? "not-optee"
            : default;
        bool priv = record.Lower.Has("teepriv");
        if (!cause.IsEmpty && (priv || record.Lower.Has("/dev/tee0") && cause is "no-driver") &&
            record.Lower.HasAny("open", "cannot", "access", "failed", "stat", "find"))
        {
            writer.Add(record, SignalKind.SupplicantOpenFailed, cause);
        }
        else if (priv && (message.Contains(" /dev/teepriv0", StringComparison.Ordinal) || message.StartsWith("/dev/tee")) &&
            record.Lower.Has("/dev/tee0") && !record.Lower.Has("failed"))
        {
            // A listing: the nodes are there.
            writer.Add(record, SignalKind.SupplicantRan, "nodes");
        }
    }
}
