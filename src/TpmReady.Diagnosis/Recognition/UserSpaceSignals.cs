// SPDX-License-Identifier: MIT

using System;
using System.Buffers;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Reading;

namespace TpmReady.Diagnosis.Recognition;

/// <summary>
/// What the users of a TPM say: systemd's tools, tpm2-tss and tpm2-tools, cryptsetup, udev, the builders of an initrd.
/// </summary>
internal static class UserSpaceSignals
{
    private static readonly SearchValues<string> Gate = SearchValues.Create(
        ["tpm", "tss2", "esys", "srk", "pcr", "cryptsetup", "tcti", "luks", "ftpm", "tee"], StringComparison.OrdinalIgnoreCase);

    /// <summary>Looks at a line.</summary>
    public static void Recognize(in LogRecord record, SignalWriter writer)
    {
        ReadOnlySpan<char> message = record.Message;
        if (record.Source is LogSource.SecureWorld or LogSource.Prose ||
            (!message.ContainsAny(Gate) && !record.Identifier.ContainsAny(Gate)))
        {
            return;
        }

        if (!Files(record, writer, message) && !Nodes(record, writer, message) && !Measurements(record, writer, message))
        {
            Tools(record, writer, message);
        }
    }

    private static bool Files(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        bool absent = record.Lower.HasAny("cannot open shared object", "is not installed", "no such file", "not found");
        if (record.Lower.Has("libcryptsetup-token-") && record.Lower.Has("cannot open shared object"))
        {
            // Plug-ins of other methods (recovery, fido2) are tried too, and their absence means nothing.
            if (record.Lower.HasAny("token-systemd-tpm2", "token-clevis"))
            {
                writer.Add(record, SignalKind.TokenPluginMissing, Library(message));
            }
        }
        else if (absent && record.Lower.HasAny("libtss2-", "libtpm2") && !record.Lower.Has("trying"))
        {
            writer.Add(record, SignalKind.LibraryMissing, Library(message));
        }
        else if (record.Lower.HasAny(
            "tpm2 support is not installed", "tpm tcti driver not available", "tpm2 support not available",
            "tpm2 libraries not", "failed to load tpm2", "couldn't load tpm2", "no standard tcti could be loaded"))
        {
            writer.Add(record, SignalKind.LibraryMissing, "libtss2");
        }
        else if (record.Lower.HasAny("dracut[e]", "dracut-install: error", "mkinitcpio") && record.Lower.HasAny("tpm", "tss2") &&
            record.Lower.HasAny("cannot be", "not found", "missing", "error"))
        {
            writer.Add(record, SignalKind.InitrdFileMissing, message);
        }
        else if (ModuleSignals.Recognize(record, writer))
        {
            return true;
        }
        else
        {
            return false;
        }

        return true;
    }

    private static bool Nodes(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        if (record.Lower.HasAny("/dev/tpm", "new tpm device") && Renumbered(record.Lower))
        {
            if (!record.Lower.HasAny("no such file", "a start job", "condition", "skipped"))
            {
                writer.Add(record, SignalKind.TpmNodeRenumbered, "tpm1");
                return true;
            }
        }
        else if (record.Source == LogSource.Manager && record.Lower.HasAny("dev-tpmrm1.device", "dev-tpm1.device") &&
            record.Lower.HasAny("plugged", "found device"))
        {
            writer.Add(record, SignalKind.TpmNodeRenumbered, "tpm1");
            return true;
        }

        if (record.Lower.HasAny("/dev/tpm0", "/dev/tpmrm0") && record.Lower.HasAny(
            "no such file", "does not exist", "doesn't exist", "cannot access", "can't discover", "not found", "no such device",
            "no node", "no '/dev/tpm", "never create"))
        {
            writer.Add(record, SignalKind.NodeAbsent, message);
            return true;
        }

        if (record.Identifier.Mentions("udev") && record.Lower.HasAny("is taking a long time", "killed", "timed out", "terminated by signal") &&
            record.Lower.HasAny("tpm", "ftpm", "tee", "bc50d971"))
        {
            writer.Add(record, SignalKind.UdevWorkerStuck, message.UpTo(":"));
            return true;
        }

        return false;
    }

    private static bool Renumbered(ReadOnlySpan<char> lower) =>
        lower.HasAny("/dev/tpm1", "/dev/tpmrm1", "/dev/tpm2", "/dev/tpmrm2");

    private static bool Measurements(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        if (message.StartsWith("Extended PCR index "))
        {
            writer.Add(record, SignalKind.PcrExtended, message);
        }
        else if (record.Lower.Has("no complete tpm2 support detected"))
        {
            writer.Add(record, SignalKind.GracefulExit, record.Identifier);
        }
        else if (record.Lower.Has("not generating tpm2.target"))
        {
            writer.Add(record, SignalKind.TpmTargetNotGenerated, message);
        }
        else if (record.Lower.Has("new srk generated"))
        {
            writer.Add(record, SignalKind.SrkCreated);
        }
        else if (record.Lower.Has("differs from tpm srk"))
        {
            writer.Add(record, SignalKind.SrkMismatch);
        }
        else if (record.Lower.HasAny("srk already stored", "tpm successfully started up", "srk fingerprint"))
        {
            writer.Add(record, SignalKind.TpmUsed, record.Identifier);
        }
        else if (record.Lower.HasAny("tcg protocol too old", "getactivepcrbanks") && record.Lower.HasAny("too old", "hang", "fail", "not supp"))
        {
            writer.Add(record, SignalKind.FirmwareProtocolOld);
        }
        else if (record.Lower.Has("tpm2 support:") && record.Lower.Has("firmware unavailable"))
        {
            writer.Add(record, SignalKind.PartialTpmSupport);
        }
        else
        {
            return false;
        }

        return true;
    }

    private static void Tools(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        if (record.Lower.HasAny("falling back to traditional unlocking", "traditional unocking", "failed to unseal secret using tpm2"))
        {
            writer.Add(record, SignalKind.UnlockFallback, message);
        }
        else if (record.Lower.Has("errorcode (0x") || record.Lower.Has("esys finish errorcode"))
        {
            writer.Add(record, SignalKind.TssError, Function(message), message.NumberAfter("ErrorCode (", hex: true));
        }
        else if (record.Lower.Has("capability") && record.Lower.HasAny("failed", "error", "not support", "unsupported", "invalid") &&
            record.Lower.HasAny("tpm", "esys", "0x0008", "0x8"))
        {
            writer.Add(record, SignalKind.CapabilityFailed, message, message.NumberAfter("error code", hex: true));
        }
        else if (record.Lower.HasAny("sha256 pcr bank", "sha-256 pcr bank", "no suitable bank", "lacks sha256", "lacks any suitable") ||
            (record.Lower.Has("sha256") && record.Lower.HasAny("bank not", "no sha256", "not supported by tpm")))
        {
            writer.Add(record, SignalKind.NoSha256, message);
        }
        else if (record.Lower.HasAny("tpm_rc_lockout", "tpm2_rc_lockout", "da lockout", "dictionary attack lockout", "tpm is in lockout"))
        {
            writer.Add(record, SignalKind.TpmFault, "lockout", 0x921);
        }
        else if (record.Lower.HasAny("state not recoverable") && record.Lower.HasAny("tpm2", "context"))
        {
            writer.Add(record, SignalKind.TpmTrouble, message);
        }
        else if (record.Lower.HasAny("failed to open device node '/dev/tpm", "failed to open tpm", "tpm2_id"))
        {
            writer.Add(record, SignalKind.TpmTrouble, message);
        }
    }

    private static ReadOnlySpan<char> Library(ReadOnlySpan<char> message)
    {
        int at = message.IndexOf("lib", StringComparison.Ordinal);
        return at < 0 ? message : message[at..].UpTo(" :,'\"");
    }

    /// <summary>"Esys_Unseal" of "ERROR:esys:src/tss2-esys/api/Esys_Unseal.c:98:Esys_Unseal() Esys Finish …".</summary>
    private static ReadOnlySpan<char> Function(ReadOnlySpan<char> message)
    {
        int call = message.IndexOf("() ");
        int start = call < 0 ? -1 : message[..call].LastIndexOf(':') + 1;
        return start < 0 ? message : message[start..call];
    }
}
