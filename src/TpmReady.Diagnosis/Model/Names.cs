// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Diagnosis.Model;

/// <summary>
/// Which unit is meant, by its name or its description: consoles and older systemd print descriptions only, and they
/// changed ("TPM2 PCR Barrier" became "TPM PCR Barrier" with systemd 256).
/// </summary>
public static class Names
{
    private static readonly string[] Consumers =
    [
        "systemd-pcr", "systemd-tpm2-setup", "TPM PCR", "TPM2 PCR", "SRK Setup", "PCR Barrier", "TPM NvPCR",
        "Root File System Measurement", "Machine ID Measurement",
    ];

    private static readonly string[] CustomConsumers =
    [
        "clevis", "tpm2-abrmd", "TPM2 Access Broker", "keylime", "tpm2-totp", "tpm2-encrypt", "unseal", "tpm2 unlock",
        "from tpm", "with tpm", "ima-evm", "attestation",
    ];

    /// <summary>Whether the unit is a supplicant of OP-TEE.</summary>
    /// <param name="subject">Name or description.</param>
    public static bool IsSupplicant(string subject) =>
        Has(subject, "tee-supplicant") || Has(subject, "tee supplicant") || Has(subject, "teesuppl") ||
        (Has(subject, "supplicant") && Has(subject, "tee"));

    /// <summary>Whether the unit is the point that TPM users wait for.</summary>
    /// <param name="subject">Name or description.</param>
    public static bool IsTpmTarget(string subject) => Has(subject, "tpm2.target") || Has(subject, "Trusted Platform Module");

    /// <summary>Whether the unit is one of systemd's own users of the TPM.</summary>
    /// <param name="subject">Name or description.</param>
    public static bool IsSystemdConsumer(string subject) => HasAny(subject, Consumers);

    /// <summary>Whether the unit is another user of the TPM.</summary>
    /// <param name="subject">Name or description.</param>
    public static bool IsCustomConsumer(string subject) =>
        HasAny(subject, CustomConsumers) && !IsSystemdConsumer(subject) && !Has(subject, ".target");

    /// <summary>Whether the unit detaches the TPM driver when it stops.</summary>
    /// <param name="subject">Name or description.</param>
    public static bool IsDriverUnit(string subject) =>
        Has(subject, "tpmready-driver") || Has(subject, "ftpm-driver") || Has(subject, "ftpm-modprobe") ||
        Has(subject, "ftpm-bind") || Has(subject, "unbind") || Has(subject, "tee-ftpm");

    /// <summary>Whether the unit ends a boot.</summary>
    /// <param name="subject">Name or description.</param>
    public static bool IsFinalTarget(string subject) =>
        Has(subject, "multi-user.target") || Has(subject, "Multi-User System") || Has(subject, "graphical.target") ||
        Has(subject, "Graphical Interface");

    /// <summary>"tpm0" of dev-tpm0.device or of /dev/tpm0, or null for another device.</summary>
    /// <param name="subject">Name of a device.</param>
    public static string? TpmNode(string subject)
    {
        foreach (string start in (ReadOnlySpan<string>)["tpmrm", "tpm"])
        {
            int at = subject.IndexOf(start, StringComparison.Ordinal);
            int end = at + start.Length;
            while (at >= 0 && end < subject.Length && char.IsAsciiDigit(subject[end]))
            {
                end++;
            }

            bool whole = at > 0 && end > at + start.Length && subject[at - 1] is '-' or '/';
            if (whole && (end == subject.Length || subject[end] is '.' or ' ' or ',' or ')' or '\''))
            {
                return subject[at..end];
            }
        }

        return null;
    }

    /// <summary>Whether the name is that of a device of a TEE: tee0, teepriv0.</summary>
    /// <param name="subject">Name of a device.</param>
    public static bool IsTeeNode(string subject) =>
        Has(subject, "dev-tee") || Has(subject, "/dev/tee");

    /// <summary>Whether a text contains a word, in any case.</summary>
    /// <param name="text">The text.</param>
    /// <param name="word">The word.</param>
    public static bool Has(string text, string word) => text.Contains(word, StringComparison.OrdinalIgnoreCase);

    private static bool HasAny(string text, string[] words)
    {
        foreach (string word in words)
        {
            if (Has(text, word))
            {
                return true;
            }
        }

        return false;
    }
}
