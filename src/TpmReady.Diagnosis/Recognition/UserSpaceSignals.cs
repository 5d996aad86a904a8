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
        bool absent = message.HasAny("cannot open shared object", "is not installed", "No such file", "not found");
        if (message.Has("libcryptsetup-token-") && message.Has("cannot open shared object"))
        {
            // Plug-ins of other methods (recovery, fido2) are tried too, and their absence means nothing.
            if (message.HasAny("token-systemd-tpm2", "token-clevis"))
            {
                writer.Add(record, SignalKind.TokenPluginMissing, Library(message));
            }
        }
        else if (absent && message.HasAny("libtss2-", "libtpm2") && !message.Has("Trying"))
        {
            writer.Add(record, SignalKind.LibraryMissing, Library(message));
        }
        else if (message.HasAny(
            "TPM2 support is not installed", "TPM TCTI driver not available", "TPM2 support not available",
            "TPM2 libraries not", "Failed to load TPM2", "Couldn't load TPM2", "No standard TCTI could be loaded"))
        {
            writer.Add(record, SignalKind.LibraryMissing, "libtss2");
        }
        else if (message.HasAny("dracut[E]", "dracut-install: ERROR", "mkinitcpio") && message.HasAny("tpm", "tss2") &&
            message.HasAny("cannot be", "not found", "missing", "ERROR"))
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
        if (message.HasAny("/dev/tpm", "New TPM device") && Renumbered(message))
        {
            if (!message.HasAny("No such file", "A start job", "condition", "skipped"))
            {
                writer.Add(record, SignalKind.TpmNodeRenumbered, "tpm1");
                return true;
            }
        }
        else if (record.Source == LogSource.Manager && message.HasAny("dev-tpmrm1.device", "dev-tpm1.device") &&
            message.HasAny("plugged", "Found device"))
        {
            writer.Add(record, SignalKind.TpmNodeRenumbered, "tpm1");
            return true;
        }

        if (message.HasAny("/dev/tpm0", "/dev/tpmrm0") && message.HasAny(
            "No such file", "does not exist", "doesn't exist", "cannot access", "Can't discover", "not found", "no such device",
            "no node", "no '/dev/tpm", "never create"))
        {
            writer.Add(record, SignalKind.NodeAbsent, message);
            return true;
        }

        if (record.Identifier.Has("udev") && message.HasAny("is taking a long time", "killed", "timed out", "terminated by signal") &&
            message.HasAny("tpm", "ftpm", "tee", "bc50d971"))
        {
            writer.Add(record, SignalKind.UdevWorkerStuck, message.UpTo(":"));
            return true;
        }

        return false;
    }

    private static bool Renumbered(ReadOnlySpan<char> message) =>
        message.HasAny("/dev/tpm1", "/dev/tpmrm1", "/dev/tpm2", "/dev/tpmrm2");

    private static bool Measurements(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        if (message.StartsWith("Extended PCR index "))
        {
            writer.Add(record, SignalKind.PcrExtended, message);
        }
        else if (message.Has("No complete TPM2 support detected"))
        {
            writer.Add(record, SignalKind.GracefulExit, record.Identifier);
        }
        else if (message.Has("Not generating tpm2.target"))
        {
            writer.Add(record, SignalKind.TpmTargetNotGenerated, message);
        }
        else if (message.Has("New SRK generated"))
        {
            writer.Add(record, SignalKind.SrkCreated);
        }
        else if (message.Has("differs from TPM SRK"))
        {
            writer.Add(record, SignalKind.SrkMismatch);
        }
        else if (message.HasAny("SRK already stored", "TPM successfully started up", "SRK fingerprint"))
        {
            writer.Add(record, SignalKind.TpmUsed, record.Identifier);
        }
        else if (message.HasAny("TCG protocol too old", "GetActivePcrBanks") && message.HasAny("too old", "hang", "fail", "not supp"))
        {
            writer.Add(record, SignalKind.FirmwareProtocolOld);
        }
        else if (message.Has("TPM2 Support:") && message.Has("firmware unavailable"))
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
        if (message.HasAny("falling back to traditional unlocking", "traditional unocking", "Failed to unseal secret using TPM2"))
        {
            writer.Add(record, SignalKind.UnlockFallback, message);
        }
        else if (message.Has("ErrorCode (0x") || message.Has("Esys Finish ErrorCode"))
        {
            writer.Add(record, SignalKind.TssError, Function(message), message.NumberAfter("ErrorCode (", hex: true));
        }
        else if (message.Has("capability") && message.HasAny("failed", "error", "not support", "unsupported", "Invalid") &&
            message.HasAny("tpm", "esys", "0x0008", "0x8"))
        {
            writer.Add(record, SignalKind.CapabilityFailed, message, message.NumberAfter("error code", hex: true));
        }
        else if (message.HasAny("SHA256 PCR bank", "SHA-256 PCR bank", "no suitable bank", "lacks SHA256", "lacks any suitable") ||
            (message.Has("sha256") && message.HasAny("bank not", "no sha256", "not supported by TPM")))
        {
            writer.Add(record, SignalKind.NoSha256, message);
        }
        else if (message.HasAny("TPM_RC_LOCKOUT", "TPM2_RC_LOCKOUT", "DA lockout", "dictionary attack lockout", "TPM is in lockout"))
        {
            writer.Add(record, SignalKind.TpmFault, "lockout", 0x921);
        }
        else if (message.HasAny("State not recoverable") && message.HasAny("TPM2", "context"))
        {
            writer.Add(record, SignalKind.TpmTrouble, message);
        }
        else if (message.HasAny("Failed to open device node '/dev/tpm", "Failed to open TPM", "tpm2_id"))
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
