// SPDX-License-Identifier: MIT

using System;
using System.Buffers;

namespace TpmReady.Diagnosis.Reading;

/// <summary>
/// Finds the few lines of a log that can matter. A word here costs nothing until its first three letters occur; so words
/// that begin as half of a log's words do ("systemd-shutdown", "running in system mode") are given without their beginning.
/// A missing word makes the analyser blind, so the list is generous.
/// </summary>
internal static class LineFilter
{
    private static readonly string[] Words =
    [
        // The TPM, the TEE and those who use them.
        "tpm", "optee", "op-tee", "teepriv", "/dev/tee", "tee_", "[tee", "tee ", "tee-", "pplicant", "rpmb",
        "/TC:", "/TA:", "/LD:", "TSUP:", "TEES:", "tss2", "esys", "cryptsetup", "clevis", "luks", "sft0101",
        "platform mod", "srk", "unseal", "pcr", "panicked", "huk", "eylime", "ttestat",
        // The course of a boot: Linux version, Booting Linux on, Switching root, systemd … running in system mode (+…
        "nux version", "linux on phys", "-- Boot ", "u-boot", "otice:  b", "efi stub", "efi: ", " mode (+", "initrd",
        "elcome to", "hing root", "tch-root", "tch root", "p finished in", "cycle", "ncy on", "ncy failed", "/scripts/",
        "hutdown", "reboot", "ower-off", "oweroff", "ower down", "lti-user", "phical", "taking a long", "217/user",
        "ppressed", "buffer overrun",
        // Formats that need more than the line itself.
        "```", "__CURSOR=", "__REALTIME_TIMESTAMP=", "[s=", "lvl",
    ];

    private static readonly WordSearch InBytes = new(Words);
    private static readonly SearchValues<string> InCharacters = SearchValues.Create(Words, StringComparison.OrdinalIgnoreCase);

    /// <summary>Where the first word stands, or -1.</summary>
    /// <param name="text">Any number of lines.</param>
    public static int IndexOf(ReadOnlySpan<byte> text) => InBytes.IndexOf(text);

    /// <summary>Whether a short text contains a word.</summary>
    /// <param name="text">The text.</param>
    public static bool Matters(ReadOnlySpan<char> text) => text.ContainsAny(InCharacters);
}
