// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Diagnosis.Reading;

/// <summary>
/// Job logs of LAVA: a YAML list with one mapping per line, either JSON-like
/// (<c>- {"dt": "…", "lvl": "target", "msg": "…"}</c>) or in YAML's flow style.
/// </summary>
internal sealed class LavaLog
{
    private readonly char[] _message = new char[LogLimits.LineBytes];

    /// <summary>Whether a line of this format was seen.</summary>
    public bool IsActive { get; private set; }

    /// <summary>Takes the text out of an entry.</summary>
    /// <param name="line">A line of the log.</param>
    /// <param name="text">What the board said; empty for the words of the laboratory.</param>
    /// <param name="time">When it arrived.</param>
    /// <returns>Whether the line is an entry of this format.</returns>
    public bool TryUnwrap(ReadOnlySpan<char> line, out ReadOnlySpan<char> text, out LogTime time)
    {
        text = default;
        time = default;
        ReadOnlySpan<char> trimmed = line.Trim(" \r");
        if (!trimmed.StartsWith("- {") || !trimmed.EndsWith('}') || !Value(trimmed, "lvl", out ReadOnlySpan<char> level) ||
            !Value(trimmed, "dt", out ReadOnlySpan<char> stamp))
        {
            return false;
        }

        IsActive = true;
        _ = TimeStamps.TryRead(stamp, out time, out _);
        if (level is "target" or "feedback" or "results" && Value(trimmed, "msg", out ReadOnlySpan<char> message))
        {
            text = _message.AsSpan(0, Unescape(message, _message));
        }

        return true;
    }

    /// <summary>The value of a key, between its quotes if it has some.</summary>
    private static bool Value(ReadOnlySpan<char> line, ReadOnlySpan<char> key, out ReadOnlySpan<char> value)
    {
        value = default;
        int from = 0;
        while (true)
        {
            int at = line[from..].IndexOf(key);
            if (at < 0)
            {
                return false;
            }

            at += from;
            from = at + key.Length;
            ReadOnlySpan<char> rest = line[from..].TrimStart("\" '");
            if (at < 1 || line[at - 1] is not ('{' or ' ' or '"' or '\'') || rest.Length < 2 || rest[0] != ':')
            {
                continue;
            }

            rest = rest[1..].TrimStart(' ');
            if (rest.Length == 0)
            {
                return false;
            }

            char quote = rest[0];
            if (quote is '"' or '\'')
            {
                int end = QuotedEnd(rest, quote);
                value = rest[1..end];
                return true;
            }

            int stop = key is "msg" ? rest.LastIndexOf('}') : rest.IndexOfAny(",}");
            value = stop < 0 ? rest : rest[..stop].TrimEnd(' ');
            return true;
        }
    }

    private static int QuotedEnd(ReadOnlySpan<char> text, char quote)
    {
        for (int at = 1; at < text.Length; at++)
        {
            if (text[at] == '\\' && quote == '"')
            {
                at++;
            }
            else if (text[at] == quote)
            {
                return at;
            }
        }

        return text.Length;
    }

    private static int Unescape(ReadOnlySpan<char> text, Span<char> destination)
    {
        int written = 0;
        for (int at = 0; at < text.Length && written < destination.Length; at++)
        {
            char value = text[at];
            if (value == '\\' && at + 1 < text.Length)
            {
                at++;
                value = text[at] switch
                {
                    'e' => '\e',
                    'r' => '\r',
                    'n' => '\r',
                    't' => ' ',
                    'x' or 'u' => ByNumber(text, ref at),
                    char other => other,
                };
            }

            destination[written++] = value;
        }

        return written;
    }

    private static char ByNumber(ReadOnlySpan<char> text, ref int at)
    {
        int digits = text[at] == 'x' ? 2 : 4;
        if (at + digits < text.Length &&
            int.TryParse(text.Slice(at + 1, digits), System.Globalization.NumberStyles.AllowHexSpecifier, null, out int number))
        {
            at += digits;
            return (char)number;
        }

        return ' ';
    }
}
