// SPDX-License-Identifier: MIT

using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Plot;

/// <summary>One bar of the plot.</summary>
/// <param name="Label">Name of the unit.</param>
/// <param name="Start">Seconds from the start of the plot.</param>
/// <param name="End">Seconds from the start of the plot.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="IsTpm">Whether it belongs to the TPM's dependency chain.</param>
/// <param name="IsWait">Whether it is the wait for a device.</param>
/// <param name="Text">The line of the log.</param>
/// <param name="Line">Number of the line.</param>
public sealed record PlotRow(
    string Label, double Start, double End, UnitOutcome Outcome, bool IsTpm, bool IsWait, string Text, long Line);
