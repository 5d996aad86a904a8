// SPDX-License-Identifier: MIT

using System;
using System.Buffers;

namespace TpmReady.Diagnosis.Reading;

/// <summary>Finds where a second writer began to write into somebody else's line on a console.</summary>
internal static class TornLine
{
    private static readonly SearchValues<string> SecureWorld = SearchValues.Create(
        ["E/TC:", "I/TC:", "D/TC:", "E/LD:", "D/LD:", "E/TA:", "I/TA:", "D/TA:"], StringComparison.Ordinal);

    private static readonly SearchValues<char> StampCharacters = SearchValues.Create(" []0123456789.:-TZ+>|<");

    /// <summary>Index of the next line inside a text, at least 1, or -1.</summary>
    /// <param name="text">A line without its end.</param>
    public static int NextStart(ReadOnlySpan<char> text)
    {
        if (text.Length > LogLimits.MessageCharacters)
        {
            int inside = NextStart(text[..LogLimits.MessageCharacters]);
            return inside < 0 ? LogLimits.MessageCharacters : inside;
        }

        if (text.Length < 16)
        {
            return -1;
        }

        int secure = text[1..].IndexOfAny(SecureWorld);
        secure = secure < 0 ? -1 : secure + 1;
        // Stamps before it are a prefix ("[12.3 0.1] E/TC"), not a line of their own.
        if (secure > 0 && text[..secure].IndexOfAnyExcept(StampCharacters) < 0)
        {
            secure = -1;
        }

        int kernel = KernelStamp(text);
        return secure < 0 ? kernel : kernel < 0 ? secure : Math.Min(secure, kernel);
    }

    /// <summary>A kernel's stamp "[   12.345678] " in the middle: six digits after the point, as printk writes them.</summary>
    private static int KernelStamp(ReadOnlySpan<char> text)
    {
        int from = 1;
        while (from < text.Length)
        {
            int open = text[from..].IndexOf('[');
            if (open < 0)
            {
                return -1;
            }

            open += from;
            ReadOnlySpan<char> tail = text[open..];
            int close = tail[..Math.Min(tail.Length, 20)].IndexOf(']');
            if (close >= 9 && tail[close - 7] == '.' && tail[(close - 6)..close].IndexOfAnyExceptInRange('0', '9') < 0 &&
                tail[1..(close - 7)].TrimStart(' ').IndexOfAnyExceptInRange('0', '9') < 0 && HasText(text[..open]))
            {
                return open;
            }

            from = open + 1;
        }

        return -1;
    }

    /// <summary>Another stamp, a level or a tag in front of a stamp belongs to the same line.</summary>
    private static bool HasText(ReadOnlySpan<char> before) =>
        before.Length > 24 && before.IndexOfAnyInRange('a', 'z') >= 0 && !before.TrimEnd(' ').EndsWith(':');
}
