// SPDX-License-Identifier: MIT

namespace TpmReady.Board.Tool.PowerCuts;

/// <summary>A power cut that the next boot will check.</summary>
/// <param name="Row">What is known of it.</param>
/// <param name="Acknowledged">What its clients had been told.</param>
/// <param name="Image">The disk as it was left.</param>
internal sealed record PendingCut(PowerCutRow Row, Acknowledged Acknowledged, string Image);
