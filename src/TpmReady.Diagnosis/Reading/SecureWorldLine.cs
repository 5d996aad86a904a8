// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Diagnosis.Reading;

/// <summary>
/// The lines of OP-TEE's console: "E/TC:? 0 text", "D/TA:  text", "E/LD:  text" (lib/libutils/ext/trace.c: level, then who:
/// TC the core, TA a trusted application, LD the loader).
/// </summary>
internal static class SecureWorldLine
{
    /// <summary>Whether a text begins like a line of OP-TEE.</summary>
    /// <param name="text">The text.</param>
    public static bool Matches(ReadOnlySpan<char> text) =>
        text.Length >= 5 && text[1] == '/' && text[0] is 'E' or 'I' or 'D' or 'F' or 'M' &&
        text[4] is ':' or ' ' && text[2..4] is "TC" or "TA" or "LD";
}
