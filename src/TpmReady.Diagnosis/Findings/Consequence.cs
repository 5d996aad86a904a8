// SPDX-License-Identifier: MIT

using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Findings;

/// <summary>Something that went wrong because of a finding.</summary>
/// <param name="Id">Id of the finding that was folded in, or null for a unit.</param>
/// <param name="Text">What happened, one sentence.</param>
/// <param name="Evidence">The line that shows it.</param>
public sealed record Consequence(string? Id, string Text, Signal Evidence);
