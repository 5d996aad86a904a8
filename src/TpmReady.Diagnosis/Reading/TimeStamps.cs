// SPDX-License-Identifier: MIT

using System;
using System.Globalization;

namespace TpmReady.Diagnosis.Reading;

/// <summary>
/// The time stamps with which logs begin their lines. Formats: journalctl(1) "--output=", dmesg(1), syslog (RFC 3164), and
/// the ISO 8601 forms of CI services.
/// </summary>
internal static class TimeStamps
{
    // No format's stamp is longer: "Mon 2026-11-23 00:03:11.123456 Europe/Whatever ".
    private const int LongestWords = 4;

    /// <summary>Reads the stamp at the start of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="time">The stamp.</param>
    /// <param name="length">Characters that the stamp takes, with the space after it.</param>
    public static bool TryRead(ReadOnlySpan<char> text, out LogTime time, out int length)
    {
        time = default;
        length = 0;
        if (text.Length < 8)
        {
            return false;
        }

        return text[0] switch
        {
            '[' => Bracketed(text, out time, out length),
            >= '0' and <= '9' => Iso(text, out time, out length) || Unix(text, out time, out length),
            >= 'A' and <= 'Z' => Syslog(text, out time, out length) || Full(text, out time, out length),
            _ => false,
        };
    }

    /// <summary>[    1.234567], [1.2], [Mon Nov 23 00:03:11 2026], [2026-11-23T00:03:11.000Z], [  1.2][ T1].</summary>
    private static bool Bracketed(ReadOnlySpan<char> text, out LogTime time, out int length)
    {
        time = default;
        length = 0;
        int close = text[..Math.Min(text.Length, 48)].IndexOf(']');
        if (close < 3)
        {
            return false;
        }

        ReadOnlySpan<char> inside = text[1..close].Trim(' ');
        if (Seconds(inside, out double seconds))
        {
            time = new LogTime(LogClock.Boot, seconds);
        }
        else if (Iso(inside, out LogTime iso, out int used) && used == inside.Length)
        {
            time = iso;
        }
        else if (!Ctime(inside, out time))
        {
            return false;
        }

        length = close + 1;
        if (CallerLength(text[length..]) is > 0 and int caller)
        {
            length += caller;
        }

        length += length < text.Length && text[length] == ' ' ? 1 : 0;
        return true;
    }

    /// <summary>With CONFIG_PRINTK_CALLER the kernel writes [ T12] or [ C0] after the time.</summary>
    private static int CallerLength(ReadOnlySpan<char> text)
    {
        if (text.Length < 4 || text[0] != '[')
        {
            return 0;
        }

        int close = text[..Math.Min(text.Length, 12)].IndexOf(']');
        ReadOnlySpan<char> inside = close < 2 ? default : text[1..close].TrimStart(' ');
        bool caller = inside.Length > 1 && inside[0] is 'T' or 'C' &&
            inside[1..].IndexOfAnyExceptInRange('0', '9') < 0;
        return caller ? close + 1 : 0;
    }

    /// <summary>Digits, a point, digits: seconds since boot. At least one digit on both sides.</summary>
    private static bool Seconds(ReadOnlySpan<char> text, out double seconds)
    {
        seconds = 0;
        int point = text.IndexOf('.');
        if (point is < 1 or > 10 || point + 1 >= text.Length || text.Length - point > 10)
        {
            return false;
        }

        double scale = 1;
        for (int at = 0; at < text.Length; at++)
        {
            if (at == point)
            {
                continue;
            }

            if (text[at] is < '0' or > '9')
            {
                return false;
            }

            seconds = (seconds * 10) + (text[at] - '0');
            scale *= at > point ? 10 : 1;
        }

        seconds /= scale;
        return true;
    }

    /// <summary>2026-11-23T00:03:11[.123456][Z|+0000|+00:00], also with a space in place of the T.</summary>
    private static bool Iso(ReadOnlySpan<char> text, out LogTime time, out int length)
    {
        time = default;
        length = 0;
        if (text.Length < 19 || text[4] != '-' || text[7] != '-' || text[10] is not ('T' or ' ') ||
            !Date(text[..10], out double day) || !Clock(text[11..], out double clock, out int used))
        {
            return false;
        }

        length = 11 + used;
        double zone = 0;
        ReadOnlySpan<char> rest = text[length..];
        if (rest.Length > 0 && rest[0] == 'Z')
        {
            length++;
        }
        else if (rest.Length >= 5 && rest[0] is '+' or '-' && Digits(rest.Slice(1, 2), out int hours))
        {
            int minutesAt = rest[3] == ':' ? 4 : 3;
            if (rest.Length >= minutesAt + 2 && Digits(rest.Slice(minutesAt, 2), out int minutes))
            {
                zone = ((hours * 3600) + (minutes * 60)) * (rest[0] == '-' ? -1 : 1);
                length += minutesAt + 2;
            }
        }

        time = new LogTime(LogClock.Wall, day + clock - zone);
        length += length < text.Length && text[length] == ' ' ? 1 : 0;
        return true;
    }

    /// <summary>1732320191.123456 (journalctl -o short-unix).</summary>
    private static bool Unix(ReadOnlySpan<char> text, out LogTime time, out int length)
    {
        time = default;
        length = text[..Math.Min(text.Length, 24)].IndexOf(' ') + 1;
        if (length < 13 || text[10] != '.' || !Seconds(text[..(length - 1)], out double seconds))
        {
            return false;
        }

        time = new LogTime(LogClock.Wall, seconds);
        return true;
    }

    /// <summary>Nov 23 00:03:11[.123456]; months also as other languages abbreviate them.</summary>
    private static bool Syslog(ReadOnlySpan<char> text, out LogTime time, out int length)
    {
        time = default;
        length = 0;
        int space = text[..Math.Min(text.Length, 6)].IndexOf(' ');
        if (space < 3 || text.Length < space + 12)
        {
            return false;
        }

        int day = text[space + 1] == ' ' ? space + 2 : space + 1;
        int dayLength = text[day..].IndexOf(' ');
        if (dayLength is < 1 or > 2 || !Digits(text.Slice(day, dayLength), out int dayNumber) ||
            !Clock(text[(day + dayLength + 1)..], out double clock, out int used))
        {
            return false;
        }

        length = day + dayLength + 1 + used;
        length += length < text.Length && text[length] == ' ' ? 1 : 0;
        int month = Month(text[..3]);
        time = new LogTime(LogClock.Wall, DayOf(2000, month, dayNumber) + clock);
        return true;
    }

    /// <summary>Mon 2026-11-23 00:03:11[.123456] UTC (journalctl -o short-full and verbose).</summary>
    private static bool Full(ReadOnlySpan<char> text, out LogTime time, out int length)
    {
        time = default;
        length = 0;
        int space = text[..Math.Min(text.Length, 5)].IndexOf(' ');
        if (space < 2 || text.Length < space + 20 || !Iso(text[(space + 1)..], out time, out int used))
        {
            return false;
        }

        length = space + 1 + used;
        int word = text[length..].IndexOf(' ');
        length += word is > 0 and < 32 ? word + 1 : 0;
        return true;
    }

    /// <summary>Mon Nov 23 00:03:11 2026 (dmesg -T).</summary>
    private static bool Ctime(ReadOnlySpan<char> text, out LogTime time)
    {
        time = default;
        Span<Range> words = stackalloc Range[LongestWords + 2];
        if (text.Split(words, ' ', StringSplitOptions.RemoveEmptyEntries) != 5 ||
            !Digits(text[words[2]], out int day) || !Digits(text[words[4]], out int year) ||
            !Clock(text[words[3]], out double clock, out _))
        {
            return false;
        }

        time = new LogTime(LogClock.Wall, DayOf(year, Month(text[words[1]]), day) + clock);
        return true;
    }

    private static bool Date(ReadOnlySpan<char> text, out double seconds)
    {
        seconds = 0;
        if (!Digits(text[..4], out int year) || !Digits(text.Slice(5, 2), out int month) ||
            !Digits(text.Slice(8, 2), out int day))
        {
            return false;
        }

        seconds = DayOf(year, month, day);
        return true;
    }

    /// <summary>00:03:11, with up to nine digits of fraction after a point or a comma.</summary>
    private static bool Clock(ReadOnlySpan<char> text, out double seconds, out int length)
    {
        seconds = 0;
        length = 0;
        if (text.Length < 8 || text[2] != ':' || text[5] != ':' || !Digits(text[..2], out int hour) ||
            !Digits(text.Slice(3, 2), out int minute) || !Digits(text.Slice(6, 2), out int second))
        {
            return false;
        }

        seconds = (hour * 3600) + (minute * 60) + second;
        length = 8;
        if (text.Length > 9 && text[8] is '.' or ',')
        {
            double scale = 0.1;
            int at = 9;
            for (; at < text.Length && at < 18 && text[at] is >= '0' and <= '9'; at++, scale /= 10)
            {
                seconds += (text[at] - '0') * scale;
            }

            length = at;
        }

        return true;
    }

    private static double DayOf(int year, int month, int day)
    {
        bool known = year is >= 1970 and < 10000 && month is >= 1 and <= 12 && day >= 1 &&
            day <= DateTime.DaysInMonth(year, month);
        return known ? (new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc) - DateTime.UnixEpoch).TotalSeconds : 0;
    }

    private static int Month(ReadOnlySpan<char> name)
    {
        for (int month = 1; month <= 12; month++)
        {
            string known = CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedMonthNames[month - 1];
            if (name.StartsWith(known, StringComparison.OrdinalIgnoreCase))
            {
                return month;
            }
        }

        return 1;
    }

    private static bool Digits(ReadOnlySpan<char> text, out int value)
    {
        value = 0;
        foreach (char digit in text)
        {
            if (digit is < '0' or > '9' || value > 100_000)
            {
                return false;
            }

            value = (value * 10) + (digit - '0');
        }

        return text.Length > 0;
    }
}
