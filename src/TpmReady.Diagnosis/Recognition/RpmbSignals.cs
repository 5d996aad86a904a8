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
        if (message.Has("0xf0100003") || message.Has("f0100003"))
        {
            writer.Add(record, SignalKind.RpmbUnavailable, "TEE_ERROR_STORAGE_NOT_AVAILABLE");
            return true;
        }

        if (!message.Has("rpmb"))
        {
            return false;
        }

        if (message.HasAny("emulat", "rpmb_emu", "RPMB_EMU") && !message.HasAny("RPMB_EMU=n", "RPMB_EMU := 0", "RPMB_EMU=0"))
        {
            writer.Add(record, SignalKind.RpmbEmulated);
        }
        else if (IsKeyMismatch(message))
        {
            writer.Add(record, SignalKind.RpmbKeyMismatch, message);
        }
        else if (message.HasAny(
            "not programmed", "not provisioned", "isn't provisioned", "n't been programmed", "not burned", "not yet written",
            "not available", "unavailable", "not routed", "no rpmb", "rpmb not", "key not", "Invalid eMMC CID", "result 0x7",
            "result = 0x7", "returned 7"))
        {
            writer.Add(record, SignalKind.RpmbUnavailable, message);
        }
        else if (message.HasAny(
            "/dev/mmcblk", "/sys/class/mmc_host", "mmc_host", "CID") && message.HasAny(
            "could not open", "failed to open", "No such file", "not found", "Permission denied"))
        {
            writer.Add(record, SignalKind.RpmbUnavailable, message);
        }
        else if (message.HasAny("RPMB INIT", "rpmb_init", "RPMB: Using"))
        {
            writer.Add(record, SignalKind.RpmbInit);
        }
        else
        {
            return false;
        }

        return true;
    }

    private static bool IsKeyMismatch(ReadOnlySpan<char> message)
    {
        bool key = message.HasAny("key", "MAC", "auth");
        bool wrong = message.HasAny(
            "mismatch", "does not match", "doesn't match", "verification failed", "verify failed", "authentication fail",
            "auth failure", "wrong key", "0xffff3071", "key verify fail", "not match");
        return (key && wrong) || message.HasAny("result 0x2", "result = 0x2") ||
            (message.HasAny("verify_key", "Verifying Key", "Verify key") && message.HasAny("0xffff000f", "failed", "error"));
    }
}
