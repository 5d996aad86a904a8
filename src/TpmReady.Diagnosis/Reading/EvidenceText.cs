// SPDX-License-Identifier: MIT

using System;
using System.Text;

namespace TpmReady.Diagnosis.Reading;

/// <summary>Makes text for a person from the characters of a record.</summary>
public static class EvidenceText
{
    /// <summary>Undoes the reader's Latin-1 where the bytes were UTF-8, and cuts to the limit.</summary>
    /// <param name="text">Characters of a record, each standing for a byte (a JSON journal may hold others).</param>
    public static string From(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> cut = text.Trim(" \r\n\0");
        bool shortened = cut.Length > LogLimits.EvidenceCharacters;
        cut = shortened ? cut[..LogLimits.EvidenceCharacters] : cut;
        string result = cut.ContainsAnyInRange('\x80', '\xFF') ? FromBytes(cut) : cut.ToString();
        if (result.Contains("[0", StringComparison.Ordinal) || result.Contains("[K", StringComparison.Ordinal))
        {
            result = WithoutOrphans(result);
        }

        return shortened ? result + "…" : result;
    }

    private static string FromBytes(ReadOnlySpan<char> text)
    {
        byte[] bytes = new byte[text.Length];
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] > '\xFF')
            {
                return text.ToString();
            }

            bytes[at] = (byte)text[at];
        }

        string decoded = Encoding.UTF8.GetString(bytes);
        // A replacement character inside (not one cut off at the end) means that it was no UTF-8.
        int bad = decoded.IndexOf('\uFFFD', StringComparison.Ordinal);
        return bad < 0 ? decoded : bad >= decoded.Length - 3 ? decoded[..bad] : text.ToString();
    }

    /// <summary>A paste often loses the escape character but keeps the rest of a colour: "[0;31m*[0m".</summary>
    private static string WithoutOrphans(string text)
    {
        StringBuilder kept = new(text.Length);
        int at = 0;
        while (at < text.Length)
        {
            int length = text[at] == '[' ? OrphanLength(text.AsSpan(at)) : 0;
            if (length == 0)
            {
                kept.Append(text[at++]);
            }
            else
            {
                at += length;
            }
        }

        return kept.ToString();
    }

    private static int OrphanLength(ReadOnlySpan<char> text)
    {
        int at = 1;
        while (at < text.Length && text[at] is (>= '0' and <= '9') or ';')
        {
            at++;
        }

        return at < text.Length && text[at] is 'm' or 'K' && (at > 1 || text[at] == 'K') ? at + 1 : 0;
    }
}
