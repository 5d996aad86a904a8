// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>The kernel has no driver for OP-TEE or for the firmware TPM, neither built in nor as a module.</summary>
internal sealed class DriverMissingRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        foreach ((string module, string option) in ((string, string)[])
            [(TpmDrivers.OpteeModule, "CONFIG_OPTEE"), (TpmDrivers.FirmwareTpmModule, "CONFIG_TCG_FTPM_TEE")])
        {
            if (installation.IsForFirmwareTpm && installation.Modules.StateOf(module) == ModuleState.Missing)
            {
                yield return new Problem(
                    "driver-missing",
                    Severity.Error,
                    $"The kernel has no driver {module}, neither built in nor as a module.",
                    $"Build the kernel with {option}=y or =m, or install its package of additional modules.",
                    [new Evidence("usr/lib/modules", $"no {module}")]);
            }
        }
    }
}
