// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Generation;
using TpmReady.Readiness.Inspection;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>A firmware TPM without a unit that could start its supplicant.</summary>
internal sealed class SupplicantUnitMissingRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        bool isThere = installation.Find(InstalledUnits.SupplicantTemplate) is { IsThere: true }
            || installation.Find(UnitReport.OtherSupplicant) is { IsThere: true, IsMasked: false };
        if (installation.IsForFirmwareTpm && !isThere)
        {
            yield return new Problem(
                "supplicant-unit-missing",
                installation.IsServed ? Severity.Warning : Severity.Error,
                "The firmware TPM needs a supplicant, and no unit of this system starts one.",
                "Install tee-supplicant@.service and the units beside it.",
                [new Evidence("usr/lib/systemd/system/" + InstalledUnits.SupplicantTemplate, "does not exist")]);
        }
    }
}
