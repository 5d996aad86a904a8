// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Diagnosis.Reading;

/// <summary>
/// Takes one line apart: prefixes of CI services and quotes, a time stamp, a host, a program. Every line is judged for
/// itself, so formats may be mixed in one file.
/// </summary>
internal static class LineParser
{
    // A CI prefix before a LAVA stamp before a kernel stamp before a journal prefix.
    private const int Layers = 4;

    /// <summary>Takes a line apart.</summary>
    /// <param name="text">The line, without control characters.</param>
    /// <param name="arrival">When the line arrived, if the format around it says so.</param>
    public static LineParts Parse(ReadOnlySpan<char> text, LogTime arrival)
    {
        LineParts record = new() { Time = arrival };
        ReadOnlySpan<char> rest = Unquote(text);
        bool stamped = false;
        for (int layer = 0; layer < Layers && rest.Length > 0; layer++)
        {
            if (SecureWorldLine.Matches(rest))
            {
                record.Source = LogSource.SecureWorld;
                break;
            }

            if (StatusLine(rest) is { } status)
            {
                record.Source = LogSource.Manager;
                rest = rest[status..];
                break;
            }

            if (TimeStamps.TryRead(rest, out LogTime time, out int length))
            {
                bool ctime = rest[0] == '[' && rest[1] is >= 'A' and <= 'Z';
                rest = rest[length..];
                // The innermost stamp is the most exact: a console's stamp of arrival comes before the kernel's own.
                record.Time = time;
                stamped = true;
                if (TryProgram(ref record, ref rest))
                {
                    // A kernel message that a program logged again keeps the kernel's words.
                    if (record.Source != LogSource.Kernel)
                    {
                        break;
                    }
                }
                else if (time.Clock == LogClock.Boot || ctime)
                {
                    record.Source = LogSource.Kernel;
                }

                continue;
            }

            if (TryProgram(ref record, ref rest))
            {
                break;
            }

            int prefix = PrefixLength(rest, stamped);
            if (prefix == 0)
            {
                break;
            }

            rest = rest[prefix..];
        }

        record.Message = rest.Trim(' ');
        return record;
    }

    /// <summary>Takes the signs of quoting off: Markdown's "&gt; " and its indented code, and the bars of a table.</summary>
    private static ReadOnlySpan<char> Unquote(ReadOnlySpan<char> text)
    {
        text = text.TrimStart(" \t");
        while (text.Length > 1 && (text[0] == '>' || text[0] == '|') && text[1] is ' ' or '>')
        {
            text = text[1..].TrimStart(" \t");
        }

        return text;
    }

    /// <summary>
    /// "host ident[pid]: " or "ident[pid]: " or "host kernel: ". The identifier must be followed by a colon, and carry a
    /// process id or be one of those that never do.
    /// </summary>
    private static bool TryProgram(ref LineParts record, ref ReadOnlySpan<char> rest)
    {
        int colon = rest[..Math.Min(rest.Length, 120)].IndexOf(": ");
        if (colon < 1)
        {
            return false;
        }

        ReadOnlySpan<char> head = rest[..colon];
        int bracket = head.EndsWith(']') ? head.LastIndexOf('[') : -1;
        ReadOnlySpan<char> name = bracket < 0 ? head : head[..bracket];
        int space = name.LastIndexOf(' ');
        ReadOnlySpan<char> identifier = name[(space + 1)..];
        ReadOnlySpan<char> host = space < 0 ? default : name[..space];
        bool hasPid = bracket >= 0 && bracket + 2 < head.Length &&
            head[(bracket + 1)..^1].IndexOfAnyExceptInRange('0', '9') < 0;
        bool kernel = identifier is "kernel";
        if ((!hasPid && !kernel && !(host.Length > 0 && IsBareProgram(identifier))) ||
            identifier.Length == 0 || host.Contains(' '))
        {
            return false;
        }

        record.Identifier = identifier;
        record.Source = kernel ? LogSource.Kernel
            : identifier is "systemd" && head.EndsWith("[1]") ? LogSource.Manager
            : LogSource.Program;
        rest = rest[(colon + 2)..];
        return true;
    }

    private static bool IsBareProgram(ReadOnlySpan<char> identifier) =>
        identifier is "systemd" or "tee-supplicant" or "dracut" or "systemd-shutdown" or "udevd";

    /// <summary>Length of "[  OK  ] " and its kin, or null. The message is what stands after it.</summary>
    private static int? StatusLine(ReadOnlySpan<char> text)
    {
        if (text.Length < 9 || text[0] != '[' || text[7] != ']')
        {
            return null;
        }

        ReadOnlySpan<char> inside = text[1..7].Trim(' ');
        bool word = inside is "OK" or "FAILED" or "DEPEND" or "TIME" or "SKIP" or "INFO" or "WARN" or "UNSUPP" or "ASSERT";
        bool spinner = inside.Length is > 0 and <= 6 && inside.IndexOfAnyExcept('*', ' ') < 0;
        return word || spinner ? 8 : null;
    }

    /// <summary>What stands before the line itself: "&lt;6&gt;", "00O ", "name | ", "##[group]", a tag in brackets.</summary>
    private static int PrefixLength(ReadOnlySpan<char> text, bool stamped)
    {
        if (text[0] == '<')
        {
            int close = text[..Math.Min(text.Length, 5)].IndexOf('>');
            return close > 1 && text[1..close].IndexOfAnyExceptInRange('0', '9') < 0 ? close + 1 : 0;
        }

        if (stamped && text.Length > 4 && text[2] is 'O' or 'E' && text[3] is ' ' or '+' &&
            char.IsAsciiDigit(text[0]) && char.IsAsciiDigit(text[1]))
        {
            return 4;
        }

        int bar = text[..Math.Min(text.Length, 40)].IndexOf("| ");
        if (bar > 0 && !text[..bar].Contains(':'))
        {
            return bar + 2;
        }

        // "[ttyS0] ", "[console] ", "serial: ": one word in front of a stamp.
        int close2 = text[0] == '[' ? text[..Math.Min(text.Length, 24)].IndexOf("] ") : -1;
        return close2 > 1 && close2 + 2 < text.Length && text[close2 + 2] == '[' ? close2 + 2 : 0;
    }
}
