// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Globalization;

namespace TpmReady.Board.Tool.PowerCuts;

/// <summary>What was found of the acknowledged objects after a power cut.</summary>
internal sealed class Findings
{
    // Exit status of board-storage.
    private const int NotFound = 2;

    private readonly List<string> _wrong = [];
    private readonly List<string> _words = [];

    /// <summary>How many objects were read.</summary>
    public int Checked { get; private set; }

    /// <summary>How many are not there, or older than acknowledged.</summary>
    public int Lost { get; private set; }

    /// <summary>How many could not be read, or have what no write can have left.</summary>
    public int Damaged { get; private set; }

    /// <summary>The objects that are not as they must be.</summary>
    public IReadOnlyList<string> Wrong => _wrong;

    /// <summary>One sentence for each wrong object.</summary>
    public string Words => string.Join(' ', _words);

    /// <summary>Compares one object with what its client was told.</summary>
    /// <param name="name">The object.</param>
    /// <param name="possible">The last write that was acknowledged, and the newest that may have begun.</param>
    /// <param name="found">The write that is there.</param>
    /// <param name="exit">How reading ended.</param>
    public void Judge(string name, (ulong Acknowledged, ulong Newest) possible, ulong? found, int exit)
    {
        Checked++;
        if (found >= possible.Acknowledged && found <= possible.Newest)
        {
            return;
        }

        _wrong.Add(name);
        bool isLost = found < possible.Acknowledged || (found is null && exit == NotFound);
        Lost += isLost ? 1 : 0;
        Damaged += isLost ? 0 : 1;
        string there = found is { } number
            ? number.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"nothing (exit status {exit})");
        _words.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {possible.Acknowledged} was acknowledged, {possible.Newest} may have begun, and {there} is there."));
    }
}
