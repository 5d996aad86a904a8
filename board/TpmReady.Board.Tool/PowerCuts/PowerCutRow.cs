// SPDX-License-Identifier: MIT

using System.Globalization;
using TpmReady.Board.Disks;

namespace TpmReady.Board.Tool.PowerCuts;

/// <summary>One power cut, as a line of the file of rows.</summary>
/// <param name="Kind">"killed" where the emulator was, "frozen" where the state was set aside.</param>
/// <param name="Survival">What of the disk's cache was kept.</param>
/// <param name="WithTpm">Whether the TPM wrote too, and is checked.</param>
/// <param name="Acknowledged">Writes that were acknowledged since the cut before.</param>
/// <param name="Flushes">Flushes of the disk since then.</param>
/// <param name="Outcome">What the disk lost.</param>
/// <param name="Check">What the next boot found.</param>
internal sealed record PowerCutRow(
    string Kind,
    Survival Survival,
    bool WithTpm,
    int Acknowledged,
    long Flushes,
    CutOutcome Outcome,
    PowerCutCheck Check)
{
    /// <summary>
    /// cut|KIND|SURVIVAL|TPM|ACKNOWLEDGED|FLUSHES|UNFLUSHED|REVERTED|HALFWAY|OBJECTS|LOST|DAMAGED|OPENS|WORDS
    /// </summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"cut|{Kind}|{Survival}|{(WithTpm ? 1 : 0)}|{Acknowledged}|{Flushes}|{Outcome.Unflushed}|{Outcome.Reverted}|{Outcome.Halfway}|{Check.Objects}|{Check.Lost}|{Check.Damaged}|{(Check.Opens ? 1 : 0)}|{Check.Words}\n");
}
