// SPDX-License-Identifier: MIT

using System;
using System.Buffers;
using System.Globalization;

namespace TpmReady.Diagnosis.Recognition;

/// <summary>Searches in a message without allocating.</summary>
internal static class Scan
{
    private static readonly SearchValues<char> DecimalCharacters = SearchValues.Create("0123456789.");

    /// <summary>Whether a text in lower case contains a phrase in lower case: the fast way, for every line.</summary>
    public static bool Has(this ReadOnlySpan<char> text, ReadOnlySpan<char> phrase) => text.IndexOf(phrase) >= 0;

    /// <summary>Whether a text in lower case contains one of several phrases in lower case.</summary>
    public static bool HasAny(this ReadOnlySpan<char> text, params ReadOnlySpan<string> phrases)
    {
        foreach (string phrase in phrases)
        {
            if (text.IndexOf(phrase) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a text in any case contains a phrase: for short texts.</summary>
    public static bool Mentions(this ReadOnlySpan<char> text, ReadOnlySpan<char> phrase) =>
        text.Contains(phrase, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a text in any case contains one of several phrases.</summary>
    public static bool MentionsAny(this ReadOnlySpan<char> text, params ReadOnlySpan<string> phrases)
    {
        foreach (string phrase in phrases)
        {
            if (text.Mentions(phrase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What follows a phrase, in exactly this writing, or nothing.</summary>
    public static bool After(this ReadOnlySpan<char> text, ReadOnlySpan<char> phrase, out ReadOnlySpan<char> rest)
    {
        int at = text.IndexOf(phrase);
        rest = at < 0 ? default : text[(at + phrase.Length)..];
        return at >= 0;
    }

    /// <summary>The text up to the first of some characters.</summary>
    public static ReadOnlySpan<char> UpTo(this ReadOnlySpan<char> text, ReadOnlySpan<char> stops)
    {
        int at = text.IndexOfAny(stops);
        return at < 0 ? text : text[..at];
    }

    /// <summary>
    /// The number at the start of a text: 0x…, a negative or positive decimal, or bare hex digits when hex is expected
    /// (the kernel prints "err=ffff3024"). Two's complement, 32 bits.
    /// </summary>
    public static uint? Number(this ReadOnlySpan<char> text, bool hex = false)
    {
        ReadOnlySpan<char> digits = text.TrimStart(" (:=");
        bool prefixed = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        digits = prefixed ? digits[2..] : digits;
        bool negative = digits.Length > 0 && digits[0] == '-';
        digits = negative ? digits[1..] : digits;
        int length = 0;
        while (length < digits.Length && length < 16 &&
            ((hex || prefixed) ? char.IsAsciiHexDigit(digits[length]) : char.IsAsciiDigit(digits[length])))
        {
            length++;
        }

        NumberStyles style = hex || prefixed ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        bool read = ulong.TryParse(digits[..length], style, CultureInfo.InvariantCulture, out ulong value);
        if (!read || (value > uint.MaxValue && value >> 32 != uint.MaxValue))
        {
            return null;
        }

        return negative ? unchecked(0u - (uint)value) : (uint)value;
    }

    /// <summary>The number after a phrase.</summary>
    public static uint? NumberAfter(this ReadOnlySpan<char> text, ReadOnlySpan<char> phrase, bool hex = false) =>
        text.After(phrase, out ReadOnlySpan<char> rest) ? rest.Number(hex) : null;

    /// <summary>Seconds of "1min 27s", "48s", "2min", "350ms", "1h 2min"; null for anything else ("no limit").</summary>
    public static double? Duration(this ReadOnlySpan<char> text)
    {
        double seconds = 0;
        bool any = false;
        foreach (Range range in text.Trim(' ').Split(' '))
        {
            ReadOnlySpan<char> word = text.Trim(' ')[range];
            int digits = word.IndexOfAnyExcept(DecimalCharacters);
            if (digits < 1 ||
                !double.TryParse(word[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
            {
                return any ? seconds : null;
            }

            double? unit = word[digits..] switch
            {
                "us" => 1e-6,
                "ms" => 1e-3,
                "s" => 1,
                "min" => 60,
                "h" => 3600,
                "d" => 86400,
                _ => null,
            };
            if (unit is null)
            {
                return any ? seconds : null;
            }

            seconds += value * unit.Value;
            any = true;
        }

        return any ? seconds : null;
    }
}
