// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Inspection;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>A unit that is masked, by a link to /dev/null, is never started (systemd.unit(5)).</summary>
internal sealed class UnitMaskedRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        if (!installation.IsForFirmwareTpm)
        {
            yield break;
        }

        foreach (UnitReport unit in installation.Units)
        {
            // Whoever masks the unit of another supplicant keeps two from fighting.
            if (unit.IsMasked && unit.Name is not UnitReport.OtherSupplicant)
            {
                yield return new Problem(
                    "unit-masked",
                    unit.Name is "tpm2.target" ? Severity.Warning : Severity.Error,
                    $"{unit.Name} is masked, so nothing starts it.",
                    $"Run systemctl unmask {unit.Name}.",
                    [new Evidence(unit.File?.Path.TrimStart('/') ?? unit.Name, "masked")]);
            }
        }
    }
}
