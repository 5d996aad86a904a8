// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Generation;
using TpmReady.Readiness.Inspection;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>
/// Two units that start a supplicant for the same device, which one process can have (drivers/tee/optee/supp.c). The
/// second one fails, or whichever comes first serves from another store.
/// </summary>
internal sealed class TwoSupplicantsRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        List<Evidence> evidence = [];
        foreach (string starter in installation.Starters)
        {
            if (starter.EndsWith(UnitReport.OtherSupplicant, StringComparison.Ordinal))
            {
                evidence.Add(new Evidence(starter[1..], "enabled"));
            }
        }

        if (installation.Find(UnitReport.OtherSupplicant) is { State.Active: "active" } active)
        {
            evidence.Add(new Evidence("systemctl show " + active.Name, "active"));
        }

        bool hasOurs = installation.Find(InstalledUnits.SupplicantTemplate) is { File.IsMasked: false }
            && installation.Find(InstalledUnits.GateTemplate) is { File.IsMasked: false }
            && installation.Programs[InstallationReader.GeneratorProgram] is not null;
        if (installation.IsForFirmwareTpm && hasOurs && evidence.Count > 0)
        {
            yield return new Problem(
                "two-supplicants",
                Severity.Error,
                "tee-supplicant.service is enabled beside tee-supplicant@.service, which the generator starts: only "
                + "one can have the device, and the TPM may be served from another store at each boot.",
                "Run systemctl disable tee-supplicant.service, and reboot. Do not stop the one that serves: the TPM "
                + "would die.",
                evidence);
        }
    }
}
