// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Generation;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>The units are there, and what pulls them into the boot is not.</summary>
internal sealed class GeneratorMissingRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        const string path = InstallationReader.GeneratorProgram;
        if (!installation.IsForFirmwareTpm || installation.Find(InstalledUnits.GateTemplate) is not { File: not null })
        {
            yield break;
        }

        if (installation.Programs[path] is not { } record)
        {
            yield return new Problem(
                "generator-missing",
                Severity.Error,
                "tpmready's units are installed, and its generator, which puts them into the boot, is not.",
                $"Install {path}; a link to tpmready-boot does.",
                [new Evidence(path[1..], "does not exist")]);
        }
        else if (!record.IsProgram)
        {
            yield return new Problem(
                "generator-missing",
                Severity.Error,
                "The generator cannot be executed, so systemd passes it over.",
                $"Run chmod 0755 {path}.",
                [new Evidence(path[1..], "mode " + record.Permissions)]);
        }
    }
}
