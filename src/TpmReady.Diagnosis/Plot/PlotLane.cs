// SPDX-License-Identifier: MIT

using System.Collections.Generic;

namespace TpmReady.Diagnosis.Plot;

/// <summary>One part of the machine's life on the plot.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Start">Seconds from the start of the plot.</param>
/// <param name="End">Seconds from the start of the plot.</param>
/// <param name="Rows">Its bars, in the order of their start.</param>
/// <param name="Left">How many bars were left out, being short and not the TPM's.</param>
public sealed record PlotLane(string Name, double Start, double End, IReadOnlyList<PlotRow> Rows, int Left);
