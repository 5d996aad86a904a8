// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TpmReady.Diagnosis.Reading;

/// <summary>
/// Finds the first of many words in bytes, in any case of ASCII letters. The method is Wu and Manber's ("A fast algorithm for
/// multi-pattern searching", 1994) with blocks of two bytes: most blocks end no word's first three letters, and let the
/// search move on by two bytes without looking at either again.
/// </summary>
internal sealed class WordSearch
{
    // Letters of a word that the search knows; the shortest word has as many.
    private const int Known = 3;
    private const int Blocks = 1 << 16;

    // From here on a shift is no shift but the index of a list of words.
    private const byte FirstList = 0x80;

    private readonly byte[] _shifts = new byte[Blocks];
    private readonly byte[][][] _words;

    /// <summary>Prepares a search.</summary>
    /// <param name="words">The words: ASCII, at least three letters each.</param>
    public WordSearch(IEnumerable<string> words)
    {
        Array.Fill(_shifts, (byte)(Known - 1));
        Dictionary<int, List<byte[]>> lists = [];
        foreach (string word in words)
        {
            byte[] lower = System.Text.Encoding.ASCII.GetBytes(word.ToLowerInvariant());
            foreach (int block in Cases(lower[0], lower[1]))
            {
                _shifts[block] = 1;
            }

            foreach (int block in Cases(lower[1], lower[2]))
            {
                if (!lists.TryGetValue(block, out List<byte[]>? list))
                {
                    lists[block] = list = [];
                }

                list.Add(lower);
            }
        }

        // Blocks that differ in case only share their list, so that all lists have an index in seven bits.
        List<byte[][]> all = [];
        foreach ((int block, List<byte[]> list) in lists)
        {
            int known = all.FindIndex(other => other.AsSpan().SequenceEqual(list.ToArray()));
            if (known < 0)
            {
                known = all.Count;
                all.Add([.. list]);
            }

            _shifts[block] = checked((byte)(FirstList + known));
        }

        _words = [.. all];
    }

    /// <summary>Where the first word begins, or -1.</summary>
    /// <param name="text">The bytes.</param>
    public int IndexOf(ReadOnlySpan<byte> text)
    {
        ref byte start = ref MemoryMarshal.GetReference(text);
        ref byte shifts = ref MemoryMarshal.GetArrayDataReference(_shifts);
        // The block is the second and third letter of a word that begins at "at".
        int last = text.Length - Known;
        for (int at = 0; at <= last;)
        {
            int block = Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref start, at + 1));
            int shift = Unsafe.Add(ref shifts, block);
            if (shift < FirstList)
            {
                at += shift;
                continue;
            }

            if (IsWord(text[at..], shift - FirstList))
            {
                return at;
            }

            at++;
        }

        return -1;
    }

    private bool IsWord(ReadOnlySpan<byte> text, int list)
    {
        foreach (byte[] word in _words[list])
        {
            if (Lower(text[0]) == word[0] && text.Length >= word.Length && Equal(text, word))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Equal(ReadOnlySpan<byte> text, byte[] word)
    {
        for (int at = 1; at < word.Length; at++)
        {
            if (Lower(text[at]) != word[at])
            {
                return false;
            }
        }

        return true;
    }

    private static byte Lower(byte value) => value is >= (byte)'A' and <= (byte)'Z' ? (byte)(value | 0x20) : value;

    /// <summary>The blocks of two letters in all cases, as the machine reads them.</summary>
    private static IEnumerable<int> Cases(byte first, byte second)
    {
        foreach (byte one in Cases(first))
        {
            foreach (byte two in Cases(second))
            {
                yield return BitConverter.IsLittleEndian ? one | (two << 8) : (one << 8) | two;
            }
        }
    }

    private static byte[] Cases(byte letter) =>
        letter is >= (byte)'a' and <= (byte)'z' ? [letter, (byte)(letter & ~0x20)] : [letter];
}
