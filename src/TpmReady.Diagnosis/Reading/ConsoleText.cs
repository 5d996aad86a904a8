// SPDX-License-Identifier: MIT

using System;
using System.Buffers;

namespace TpmReady.Diagnosis.Reading;

/// <summary>What a terminal makes of control characters, as far as a reader of a log needs it.</summary>
public static class ConsoleText
{
    private static readonly SearchValues<char> Controls = SearchValues.Create(ControlCharacters());

    /// <summary>Whether a text contains anything that <see cref="Strip"/> would take away.</summary>
    /// <param name="text">The text.</param>
    public static bool NeedsStrip(ReadOnlySpan<char> text) => text.ContainsAny(Controls);

    /// <summary>
    /// Takes escape sequences (ECMA-48: CSI, OSC, two-character) and other control characters out. A torn sequence at the
    /// end of a line goes with it; tabs become spaces.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="destination">Where to; at least as long as the text.</param>
    /// <returns>Characters written.</returns>
    public static int Strip(ReadOnlySpan<char> text, Span<char> destination)
    {
        int written = 0;
        int at = 0;
        while (at < text.Length)
        {
            int plain = text[at..].IndexOfAny(Controls);
            int end = plain < 0 ? text.Length : at + plain;
            text[at..end].CopyTo(destination[written..]);
            written += end - at;
            at = end;
            if (at == text.Length)
            {
                break;
            }

            char control = text[at];
            if (control == '\t')
            {
                destination[written++] = ' ';
            }

            at += control == '\e' ? SequenceLength(text[at..]) : 1;
        }

        return written;
    }

    /// <summary>Characters that an escape sequence at the start of a text takes; at least 1.</summary>
    private static int SequenceLength(ReadOnlySpan<char> text)
    {
        if (text.Length < 2)
        {
            return text.Length;
        }

        switch (text[1])
        {
            case '[':
                int at = 2;
                while (at < text.Length && text[at] is >= ' ' and <= '?')
                {
                    at++;
                }

                return Math.Min(at + 1, text.Length);
            case ']':
                int end = text[2..].IndexOfAny('\a', '\e');
                return end < 0 ? text.Length : Math.Min(2 + end + (text[2 + end] == '\e' ? 2 : 1), text.Length);
            case >= ' ' and <= '/':
                return Math.Min(3, text.Length);
            default:
                return 2;
        }
    }

    private static char[] ControlCharacters()
    {
        char[] controls = new char[33];
        for (int value = 0; value < 32; value++)
        {
            controls[value] = (char)value;
        }

        controls[32] = '\x7F';
        return controls;
    }
}
