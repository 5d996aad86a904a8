// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>Makes a finding with the phase of its evidence.</summary>
internal static class Verdict
{
    /// <summary>Makes a finding.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="severity">How bad.</param>
    /// <param name="confidence">How sure.</param>
    /// <param name="phase">The phase, when the evidence does not tell.</param>
    /// <param name="cause">The cause.</param>
    /// <param name="remedy">The remedy.</param>
    /// <param name="evidence">The lines.</param>
    public static Finding Of(
        IRule rule, Severity severity, Confidence confidence, Phase phase, string cause, string remedy,
        params IEnumerable<Signal?> evidence)
    {
        IReadOnlyList<Signal> lines = Finding.Lines(evidence);
        return new Finding
        {
            Id = rule.Id,
            Severity = severity,
            Confidence = confidence,
            Phase = Finding.PhaseOf(lines, phase),
            Cause = cause,
            Remedy = remedy,
            Evidence = lines,
        };
    }
}
