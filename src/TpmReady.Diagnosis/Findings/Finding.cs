// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Findings;

/// <summary>A cause, the lines that carry it, and the one thing to change.</summary>
public sealed record Finding
{
    // More lines do not convince better.
    private const int MostEvidence = 5;

    /// <summary>One of <see cref="FindingIds.All"/>.</summary>
    public required string Id { get; init; }

    /// <summary>How bad.</summary>
    public required Severity Severity { get; init; }

    /// <summary>How sure.</summary>
    public required Confidence Confidence { get; init; }

    /// <summary>In which phase; never <see cref="Model.Phase.Unknown"/>.</summary>
    public required Phase Phase { get; init; }

    /// <summary>A closer cause, or null.</summary>
    public string? SubCause { get; init; }

    /// <summary>The cause in one sentence.</summary>
    public required string Cause { get; init; }

    /// <summary>The one thing to change.</summary>
    public required string Remedy { get; init; }

    /// <summary>The lines that carry it, at most five, in order.</summary>
    public required IReadOnlyList<Signal> Evidence { get; init; }

    /// <summary>What went wrong because of it.</summary>
    public IReadOnlyList<Consequence> Consequences { get; init; } = [];

    /// <summary>Seconds that the boot lost by it, if the log tells.</summary>
    public double? Seconds { get; init; }

    /// <summary>Makes a list of evidence: without gaps and doubles, in order, cut to the limit.</summary>
    /// <param name="signals">Signals or nothing.</param>
    public static IReadOnlyList<Signal> Lines(params IEnumerable<Signal?> signals) =>
        [.. signals.OfType<Signal>()
            .DistinctBy(signal => (signal.File, signal.Line))
            .Take(MostEvidence)
            .OrderBy(signal => signal.Order)];

    /// <summary>The phase of the first line that knows its own.</summary>
    /// <param name="evidence">The lines.</param>
    /// <param name="otherwise">The phase when none knows.</param>
    public static Phase PhaseOf(IEnumerable<Signal> evidence, Phase otherwise)
    {
        Signal? known = evidence.FirstOrDefault(signal => signal.Phase != Phase.Unknown);
        return known?.Phase ?? otherwise;
    }
}
