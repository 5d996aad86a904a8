// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Inspection;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>A unit that failed in this boot.</summary>
internal sealed class UnitFailedRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        foreach (UnitReport unit in installation.Units)
        {
            if (unit.State is { HasFailed: true } state)
            {
                yield return new Problem(
                    "unit-failed",
                    Severity.Error,
                    $"{unit.Name} failed ({state.Result})"
                    + (state.Status.Length > 0 ? $"; it said: {state.Status}" : "."),
                    $"Read what it wrote: journalctl -b -u {unit.Name}. A TPM that has panicked needs a power cycle.",
                    [new Evidence("systemctl show " + unit.Name, $"{state.Active} ({state.Sub}), {state.Result}")]);
            }
        }
    }
}
