// SPDX-License-Identifier: MIT

using System;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Reading;

namespace TpmReady.Diagnosis.Recognition;

/// <summary>
/// What OP-TEE prints on its console. Texts: optee_os core/tee/{tee_ree_fs,tee_rpmb_fs,fs_dirfile}.c, core/kernel/{user_ta,
/// tee_ta_manager,ldelf_loader}.c, ldelf/ta_elf.c; optee_ftpm.
/// </summary>
internal static class SecureWorldSignals
{
    /// <summary>Looks at a line.</summary>
    public static void Recognize(in LogRecord record, SignalWriter writer)
    {
        ReadOnlySpan<char> message = record.Message;
        if (record.Source is LogSource.Program or LogSource.Manager or LogSource.Prose)
        {
            return;
        }

        if (!Death(record, writer, message) && !Storage(record, writer, message) && !RpmbSignals.Recognize(record, writer))
        {
            Provisioning(record, writer, message);
            if (message.StartsWith("D/TA:") || message.StartsWith("F/TA:") || message.StartsWith("I/TA:"))
            {
                writer.Add(record, SignalKind.TaTrace, message);
            }
        }
    }

    private static bool Death(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        if (record.Lower.Has("ta panicked with code"))
        {
            writer.Add(record, SignalKind.TaPanic, Who(message), message.NumberAfter("with code ", hex: true));
        }
        else if (message.After("Status of TA ", out ReadOnlySpan<char> uuid))
        {
            writer.Add(record, SignalKind.TaDump, uuid.UpTo(" \r"));
        }
        else if (record.Lower.HasAny("data-abort at address", "prefetch-abort at address", "undefined-abort", "ta will panic"))
        {
            writer.Add(record, SignalKind.TaAbort, message);
        }
        else if (message.After("Failed for TA ", out uuid))
        {
            writer.Add(record, SignalKind.TaOpenFailed, uuid.UpTo(". "), message.NumberAfter("error ", hex: true));
        }
        else if (record.Lower.Has("ldelf failed with res"))
        {
            writer.Add(record, SignalKind.TaOpenFailed, "ldelf", message.NumberAfter("res:", hex: true));
        }
        else if (message.After("sys_open_ta_bin(", out uuid))
        {
            writer.Add(record, SignalKind.TaNotFound, uuid.UpTo(")"));
        }
        else if (record.Lower.Has("rpc allocation failed"))
        {
            writer.Add(record, SignalKind.RpcRefused, "", message.NumberAfter("ret=", hex: true));
        }
        else
        {
            return false;
        }

        return true;
    }

    private static bool Storage(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        if (record.Lower.Has("remove corrupt file"))
        {
            writer.Add(record, SignalKind.StorageRemoved);
        }
        else if (record.Lower.Has("commit dirh counter"))
        {
            writer.Add(record, SignalKind.StorageCommitted, "", message.NumberAfter("counter "));
        }
        else if (record.Source == LogSource.SecureWorld && record.Lower.HasAny(
            "0xf0100001", "tee_error_corrupt_object", "hash mismatch", "hash does not match", "rollback", "roll back",
            "is corrupt", "corrupted", "integrity check"))
        {
            writer.Add(record, SignalKind.StorageDamaged, message);
        }
        else
        {
            return false;
        }

        return true;
    }

    /// <summary>Keys, seeds and certificates that the maker of the board has to put in place.</summary>
    private static void Provisioning(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        bool key = record.Lower.HasAny(
            "ekb", "keyslot", "eps seed", "ftpm seed", "endorsement", "ek cert", "huk", "silicon id", "ftpm id", "keybox", "oem_k");
        bool missing = record.Lower.HasAny(
            "not found", "missing", "failed to get", "failed to read", "fail to", "failed to load", "failed to extract",
            "not provisioned", "not fused", "not burned", "is not set", "no valid", "invalid");
        if (key && missing && !record.Lower.Has("rpmb"))
        {
            writer.Add(record, SignalKind.ProvisioningMissing, message);
        }
    }

    /// <summary>The UUID of the TA, where the line carries it.</summary>
    private static ReadOnlySpan<char> Who(ReadOnlySpan<char> message) =>
        message.After("TA ", out ReadOnlySpan<char> rest) && rest.Length > 36 && rest[8] == '-' ? rest[..36] : default;
}
