// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using TpmReady.Diagnosis.Findings;
using TpmReady.Tpm;

namespace TpmReady.Diagnosis.Codes;

/// <summary>
/// Reads result codes as logs write them: hex with or without 0x, the driver's negative decimals, TPM response codes, names
/// of all kinds, errno.
/// </summary>
public static class CodeDecoder
{
    /// <summary>All ways to read a code, the most probable first.</summary>
    /// <param name="text">The code.</param>
    /// <returns>The readings; empty when it is none that we know.</returns>
    public static IReadOnlyList<CodeReading> Decode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string word = text.Trim().TrimEnd('.', ',', ')').TrimStart('(');
        List<CodeReading> readings = [];
        if (word.Length == 0)
        {
            return readings;
        }

        if (char.IsAsciiLetter(word[0]) && !IsHex(word))
        {
            ByName(word, readings);
        }
        else
        {
            ByNumber(word, readings);
        }

        return readings;
    }

    private static void ByName(string word, List<CodeReading> readings)
    {
        if (TeeResultText.FromName(word) is { } tee)
        {
            Add(readings, Tee(tee));
        }

        if (TpmResponse.FromName(word) is { } tpm)
        {
            Add(readings, Tpm(tpm));
        }

        if (ErrnoTable.Find(word) is { } errno)
        {
            Add(readings, Errno(errno.Number));
        }
    }

    private static void ByNumber(string word, List<CodeReading> readings)
    {
        bool prefixed = word.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        bool bare = !prefixed && word.Length == 8 && IsHex(word);
        if (prefixed || bare)
        {
            ReadOnlySpan<char> digits = prefixed ? word.AsSpan(2) : word;
            if (uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint value))
            {
                Unsigned(value, readings);
            }

            return;
        }

        if (!long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ||
            number < int.MinValue || number > uint.MaxValue)
        {
            return;
        }

        if (number < 0)
        {
            Unsigned(unchecked((uint)number), readings);
        }
        else
        {
            // In decimal small numbers are errno in most logs, and a TPM's answer in the kernel's "TPM error (N)".
            if (number < 0x100)
            {
                Add(readings, Errno((int)number));
                Add(readings, Tpm((uint)number));
            }
            else
            {
                Unsigned((uint)number, readings);
                Add(readings, Errno((int)Math.Min(number, int.MaxValue)));
            }
        }
    }

    private static void Unsigned(uint value, List<CodeReading> readings)
    {
        Add(readings, Tee(value));
        Add(readings, Tpm(value));
        int signed = unchecked((int)value);
        if (signed is < 0 and >= -4095)
        {
            Add(readings, Errno(-signed));
        }
    }

    private static void Add(List<CodeReading> readings, CodeReading? reading)
    {
        if (reading is not null)
        {
            readings.Add(reading);
        }
    }

    private static CodeReading? Tee(uint code)
    {
        string? name = TeeResultText.Name(code);
        if (name is null || code == 0)
        {
            return null;
        }

        string? finding = (TeeResult)code switch
        {
            TeeResult.TargetDead => FindingIds.TaDead,
            TeeResult.Communication or TeeResult.OutOfMemory or TeeResult.ItemNotFound => FindingIds.SupplicantMissing,
            TeeResult.BadParameters => FindingIds.TaAbiMismatch,
            TeeResult.StorageNotAvailable => FindingIds.RpmbUnavailable,
            TeeResult.CorruptObject => FindingIds.StorageInconsistent,
            TeeResult.MacInvalid => FindingIds.RpmbKeyMismatch,
            TeeResult.Busy or TeeResult.AccessConflict => FindingIds.DriverProbeFailed,
            _ => null,
        };
        string number = string.Create(CultureInfo.InvariantCulture, $"0x{code:x8} ({unchecked((int)code)})");
        return new CodeReading("TEE", number, name, "a result of the trusted execution environment",
            TeeResultText.MeaningHere(code), finding);
    }

    private static CodeReading? Tpm(uint code)
    {
        if (TpmResponse.Decode(code) is not { } response)
        {
            return null;
        }

        string about = response.About.Length > 0 ? $", {response.About}" : "";
        string layer = response.Layer is "TPM" ? "" : $" (from the {response.Layer} layer of the TSS)";
        (string? here, string? finding) = (code & 0xFFF) switch
        {
            0x128 => ("systemd retries its unseal until no other service extends a PCR meanwhile.", FindingIds.TpmSlow),
            0x14C => ("Expected when the index was made at an earlier boot; systemd goes on.", null),
            0x100 => ("The kernel tried before Startup and then starts the TPM itself; harmless at boot.", null),
            0x101 => ("The chip failed its self test: power-cycle it, update its firmware.", FindingIds.TpmFirmwareBug),
            0x921 => ("Wait, or clear the lockout with the lockout password.", FindingIds.TpmFirmwareBug),
            0x90A or 0x922 => ("The chip is busy with its self test; the caller tries again.", FindingIds.TpmSlow),
            _ when response.Name is "TPM_RC_POLICY_FAIL" => ("Firmware, boot loader or kernel changed since the key was sealed: enroll again.", null),
            _ when response.Name is "TPM_RC_INTEGRITY" => ("The TPM was cleared or replaced since the key was sealed: enroll again.", null),
            _ => ((string?)null, (string?)null),
        };
        return new CodeReading(
            "TPM", string.Create(CultureInfo.InvariantCulture, $"0x{code:x3} ({code})"), response.Name + about,
            response.Meaning + layer, here, finding);
    }

    private static CodeReading? Errno(int number) =>
        ErrnoTable.Find(number) is { } entry
            ? new CodeReading(
                "errno", string.Create(CultureInfo.InvariantCulture, $"{number} (-{number})"), entry.Name, entry.Meaning, null, null)
            : null;

    private static bool IsHex(string word)
    {
        foreach (char digit in word)
        {
            if (!char.IsAsciiHexDigit(digit))
            {
                return false;
            }
        }

        return word.Length == 8;
    }
}
