// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Generation;
using TpmReady.Readiness.Inspection;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>A supplicant is installed, and nothing of the boot starts it.</summary>
internal sealed class SupplicantNotStartedRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        UnitReport? ours = installation.Find(InstalledUnits.SupplicantTemplate);
        UnitReport? other = installation.Find(UnitReport.OtherSupplicant);
        UnitReport? unit = ours is { IsThere: true, IsMasked: false } ? ours
            : other is { IsThere: true, IsMasked: false } ? other
            : null;
        bool hasGenerator = installation.Programs[InstallationReader.GeneratorProgram] is not null
            && installation.Find(InstalledUnits.GateTemplate) is { File: not null };
        if (installation.IsForFirmwareTpm && unit is not null && !hasGenerator && installation.Starters.Count == 0)
        {
            yield return new Problem(
                "supplicant-not-started",
                installation.IsServed ? Severity.Warning : Severity.Error,
                $"{unit.Name} is installed, and nothing starts it: no generator, no enabled unit, no rule of udev.",
                unit == other
                    ? $"Run systemctl enable {unit.Name}, or install tpmready-generator, which does it early enough."
                    : "Install tpmready-generator in /usr/lib/systemd/system-generators/.",
                [new Evidence(unit.File?.Path.TrimStart('/') ?? unit.Name, "not pulled in by anything")]);
        }
    }
}
