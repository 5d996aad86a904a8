// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>
/// The device tree names a firmware TPM whose trusted application (TA) is neither announced by OP-TEE, as one in the
/// firmware is, nor in the directories that the supplicant loads TAs from.
/// </summary>
internal sealed class ApplicationMissingRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        MachineFacts facts = installation.Facts;
        bool isWanted = facts.DeviceTree.HasFirmwareTpm && facts.FirmwareTpmApplication is null
            && facts.FirmwareTpmChip is null;
        if (isWanted && !installation.HasApplicationFile && installation.IsForFirmwareTpm)
        {
            yield return new Problem(
                "ta-missing",
                Severity.Warning,
                $"The firmware TPM's TA, {TpmDrivers.FirmwareTpmIdentifier}.ta, is in none of the supplicant's "
                + "directories.",
                $"Install it in {installation.ApplicationDirectories[^1]}, unless the firmware contains it (an early "
                + "TA).",
                Describe(installation.ApplicationDirectories));
        }
    }

    private static List<Evidence> Describe(IReadOnlyList<string> directories)
    {
        List<Evidence> evidence = [];
        foreach (string directory in directories)
        {
            evidence.Add(new Evidence(directory.TrimStart('/'), "has no such file"));
        }

        return evidence;
    }
}
