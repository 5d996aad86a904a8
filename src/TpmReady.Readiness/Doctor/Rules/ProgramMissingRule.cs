// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Generation;
using TpmReady.Readiness.Inspection;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>A unit whose program is missing or cannot be executed.</summary>
internal sealed class ProgramMissingRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        foreach ((string path, FileRecord? record) in installation.Programs)
        {
            string? unit = path switch
            {
                "/usr/sbin/tee-supplicant" => InstalledUnits.SupplicantTemplate,
                "/usr/lib/tpmready/tpmready-gate" => InstalledUnits.GateTemplate,
                "/usr/lib/tpmready/tpmready-driver" => UnitReport.DriverTemplate,
                _ => null,
            };
            bool isWanted = installation.IsForFirmwareTpm && unit is not null
                && installation.Find(unit) is { File.IsMasked: false };
            if (isWanted && record is not { IsProgram: true })
            {
                yield return new Problem(
                    "program-missing",
                    Severity.Error,
                    $"{unit} starts {path}, which {(record is null ? "does not exist" : "cannot be executed")}.",
                    record is null ? $"Install it; a link to tpmready-boot does." : $"Run chmod 0755 {path}.",
                    [new Evidence(path[1..], record is null ? "does not exist" : "mode " + record.Permissions)]);
            }
        }
    }
}
