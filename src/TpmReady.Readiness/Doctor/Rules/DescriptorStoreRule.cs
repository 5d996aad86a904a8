// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Globalization;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Generation;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>
/// Since version 254 systemd says in the environment that it keeps descriptors (FDSTORE, sd_pid_notify_with_fds(3));
/// that makes restarts of the supplicant go unnoticed.
/// </summary>
internal sealed class DescriptorStoreRule : IRule
{
    private const int Since = 254;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        if (installation is { IsForFirmwareTpm: true, SystemdVersion: { } version and < Since }
            && installation.Find(InstalledUnits.SupplicantTemplate) is { File: not null }
            && installation.Settings.Find("handover") is null)
        {
            yield return new Problem(
                "no-handover",
                Severity.Note,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"systemd {version} does not say that it keeps descriptors, so a restart of the supplicant is not "
                    + $"handed over."),
                "Write OPTARGS=--handover=on into /etc/default/tee-supplicant, or use systemd 254 or newer.",
                [new Evidence("libsystemd-shared", version.ToString(CultureInfo.InvariantCulture))]);
        }
    }
}
