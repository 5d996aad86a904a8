// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;

namespace TpmReady.Board.Tests;

/// <summary>The lines of a boot, in order.</summary>
internal sealed partial class Journal(string text)
{
    public string[] Lines { get; } = text.Split('\n');

    /// <summary>The line with a text, and the number of lines.</summary>
    public (int Line, int End) Split(string part)
    {
        int line = Array.FindIndex(Lines, candidate => candidate.Contains(part, StringComparison.Ordinal));
        return line >= 0 ? (line, Lines.Length) : throw new InvalidOperationException($"no line has: {part}");
    }

    /// <summary>Whether each part is in a line after that of the part before it.</summary>
    public bool IsInOrder(int start, int end, params string[] parts)
    {
        int line = start - 1;
        foreach (string part in parts)
        {
            int found = line < end - 1
                ? Array.FindIndex(Lines, line + 1, end - line - 1, one => one.Contains(part, StringComparison.Ordinal))
                : -1;
            if (found < 0)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"not in lines {line + 1} to {end}: {part}"));
                return false;
            }

            line = found;
        }

        return true;
    }

    /// <summary>What concerns the TPM, for whoever reads a failure.</summary>
    public string Excerpt() => string.Join('\n', Lines.Where(static line =>
        line.Contains("tpm", StringComparison.OrdinalIgnoreCase) || line.Contains("supplicant", StringComparison.Ordinal)
        || line.Contains("Switching root", StringComparison.Ordinal)));

    /// <summary>When the first such line was written, in seconds since the kernel started; null when there is none.</summary>
    public double? TimeOf(string part, int start, int end)
    {
        int line = Array.FindIndex(Lines, start, end - start, one => one.Contains(part, StringComparison.Ordinal));
        Match match = line < 0 ? Match.Empty : Stamp().Match(Lines[line]);
        return match.Success ? double.Parse(match.Groups["seconds"].ValueSpan, CultureInfo.InvariantCulture) : null;
    }

    [GeneratedRegex(@"^\[ *(?<seconds>[0-9.]+)\]", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Stamp();
}
