// SPDX-License-Identifier: MIT

using TpmReady.Diagnosis.Reading;

namespace TpmReady.Diagnosis.Model;

/// <summary>What a unit did from one moment to another, for the plot and for comparisons.</summary>
public sealed class UnitSpan
{
    /// <summary>Name of the unit, or its description where the log gives only that.</summary>
    public required string Unit { get; init; }

    /// <summary>The phase in which it began.</summary>
    public required Phase Phase { get; init; }

    /// <summary>When it began.</summary>
    public required LogTime Start { get; init; }

    /// <summary>When it was done; null while it is not.</summary>
    public LogTime? End { get; set; }

    /// <summary>How it ended.</summary>
    public UnitOutcome Outcome { get; set; }

    /// <summary>The file of the first line.</summary>
    public required int File { get; init; }

    /// <summary>The line that began it.</summary>
    public required long Line { get; init; }

    /// <summary>Text of the last line about it.</summary>
    public required string Text { get; set; }
}
