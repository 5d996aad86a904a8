// SPDX-License-Identifier: MIT

using System;
using System.Text;

namespace TpmReady.Diagnosis.Reading;

/// <summary>
/// Lower case once per line, so that a hundred searches in it can be exact: those are many times faster than searches in any
/// case.
/// </summary>
internal static class LowerCase
{
    /// <summary>The text with ASCII letters in lower case.</summary>
    /// <param name="text">The text, at most <see cref="LogLimits.MessageCharacters"/> long.</param>
    /// <param name="buffer">Where to; as long as the limit.</param>
    public static ReadOnlySpan<char> Of(ReadOnlySpan<char> text, char[] buffer)
    {
        // Ascii.ToLower stops at the first character that is not ASCII; those stay as they are.
        int at = 0;
        while (at < text.Length)
        {
            _ = Ascii.ToLower(text[at..], buffer.AsSpan(at), out int written);
            at += written;
            if (at < text.Length)
            {
                buffer[at] = text[at];
                at++;
            }
        }

        return buffer.AsSpan(0, text.Length);
    }
}
