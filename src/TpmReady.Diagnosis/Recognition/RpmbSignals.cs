// SPDX-License-Identifier: MIT

using System;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Reading;

namespace TpmReady.Diagnosis.Recognition;

/// <summary>
/// The replay-protected partition of an eMMC, as OP-TEE, U-Boot, the kernel and the supplicant speak of it. Results of the
/// device: JEDEC JESD84-B51 section 6.6.22 (2 authentication failure, 7 key not programmed).
/// </summary>
internal static class RpmbSignals
{
    /// <summary>Looks at a line.</summary>
    public static bool Recognize(in LogRecord record, SignalWriter writer)
    {
        ReadOnlySpan<char> message = record.Message;
        if (record.Lower.Has("0xf0100003") || record.Lower.Has("f0100003"))
        {
            writer.Add(record, SignalKind.RpmbUnavailable, "TEE_ERROR_STORAGE_NOT_AVAILABLE");
            return true;
        }

        if (!record.Lower.Has("rpmb"))
        {
            return false;
        }

        if (record.Lower.HasAny("emulat", "rpmb_emu", "rpmb_emu") && !record.Lower.HasAny("rpmb_emu=n", "rpmb_emu := 0", "rpmb_emu=0"))
        {
            writer.Add(record, SignalKind.RpmbEmulated);
        }
        else if (IsKeyMismatch(record.Lower))
        {
            writer.Add(record, SignalKind.RpmbKeyMismatch, message);
        }
        else if (record.Lower.HasAny(
            "not programmed", "not provisioned", "isn't provisioned", "n't been programmed", "not burned", "not yet written",
            "not available", "unavailable", "not routed", "no rpmb", "rpmb not", "key not", "invalid emmc cid", "result 0x7",
            "result = 0x7", "returned 7"))
        {
            writer.Add(record, SignalKind.RpmbUnavailable, message);
        }
        else if (record.Lower.HasAny(
            "/dev/mmcblk", "/sys/class/mmc_host", "mmc_host", "cid") && record.Lower.HasAny(
            "could not open", "failed to open", "no such file", "not found", "permission denied"))
        {
            writer.Add(record, SignalKind.RpmbUnavailable, message);
        }
        else if (record.Lower.HasAny("rpmb init", "rpmb_init", "rpmb: using"))
        {
            writer.Add(record, SignalKind.RpmbInit);
        }
        else
        {
            return false;
        }

        return true;
    }

    private static bool IsKeyMismatch(ReadOnlySpan<char> lower)
    {
        bool key = lower.HasAny("key", "mac", "auth");
        bool wrong = lower.HasAny(
            "mismatch", "does not match", "doesn't match", "verification failed", "verify failed", "authentication fail",
            "auth failure", "wrong key", "0xffff3071", "key verify fail", "not match");
        return (key && wrong) || lower.HasAny("result 0x2", "result = 0x2") ||
            (lower.HasAny("verify_key", "verifying key", "verify key") && lower.HasAny("0xffff000f", "failed", "error"));
    }
}
