// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Generation;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>
/// systemd makes a unit only of a device that a rule of udev tags for it (systemd.device(5)); the supplicant's unit
/// waits for one.
/// </summary>
internal sealed class DeviceRuleMissingRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        bool isWanted = installation.IsForFirmwareTpm
            && installation.Find(InstalledUnits.SupplicantTemplate) is { File.IsMasked: false };
        if (isWanted && installation.DeviceRules.Count == 0)
        {
            yield return new Problem(
                "udev-rule-missing",
                Severity.Error,
                "No rule of udev tags the supplicant's device for systemd, so tee-supplicant@.service waits for it in "
                + "vain.",
                "Install 60-tpmready.rules in /usr/lib/udev/rules.d/, and run udevadm trigger -s tee.",
                [new Evidence("usr/lib/udev/rules.d", "no rule with teepriv and systemd")]);
        }
    }
}
