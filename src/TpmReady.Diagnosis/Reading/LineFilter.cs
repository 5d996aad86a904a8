// SPDX-License-Identifier: MIT

using System;
using System.Linq;
using System.Text;

namespace TpmReady.Diagnosis.Reading;

/// <summary>
/// Finds the few lines of a log that can matter. A word here costs time where its second and third letter stand together,
/// so words are given from where two rare neighbours follow ("i-user" for multi-user). A missing word makes the analyser
/// blind, so the list is generous.
/// </summary>
internal static class LineFilter
{
    private static readonly string[] Words =
    [
        // The TPM, the TEE and those who use them: supplicant, cryptsetup, MSFT0101, Trusted Platform Module, keylime…
        "tpm", "optee", "op-tee", "teepriv", "tee0", "tee_", "tee ", "tee-", "upplicant", "rpmb", "/TC:", "/TA:", "/LD:", "TSUP:",
        "TEES:", "tss2", "yptset", "luks", "sft0101", "atform mod", "srk", "unseal", "pcr", "icked with", "huk", "eylime", "attest",
        // The course of a boot: Linux version, Booting Linux on, initrd, Switching root, systemd … running in system mode (+…
        "nux version", "ux on phys", "-- Boot ", "u-boot", "ce:  bl", "fi stub", " mode (+", "trd", "elcome to", "tching root",
        "tch-root", "tch root", "p finished in", "cycle", "ncy on", "ncy failed", "/scripts/", "utdown", "reboot", "ower-off",
        "oweroff", "ower down", "i-user", "aphical", "taking a long", "7/user", "uppress", "buffer overrun",
        // Formats that need more than the line itself.
        "```", "__CURSOR=", "__REALTIME_TIMESTAMP=", "[s=", "lvl",
    ];

    private const int Short = 512;

    // The longest word may lie across two pieces.
    private static readonly int Longest = Words.Max(word => word.Length);
    private static readonly WordSearch InBytes = new(Words);

    /// <summary>Where the first word stands, or -1.</summary>
    /// <param name="text">Any number of lines.</param>
    public static int IndexOf(ReadOnlySpan<byte> text) => InBytes.IndexOf(text);

    /// <summary>Whether a short text contains a word.</summary>
    /// <param name="text">The text.</param>
    public static bool Matters(ReadOnlySpan<char> text)
    {
        Span<byte> bytes = stackalloc byte[Short];
        int length = Math.Min(text.Length, Short);
        _ = Encoding.Latin1.GetBytes(text[..length], bytes);
        return InBytes.IndexOf(bytes[..length]) >= 0 || (text.Length > Short && Matters(text[(Short - Longest)..]));
    }
}
