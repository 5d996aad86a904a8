// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>udev passes over an owner or group that it cannot resolve, and leaves the node to root (udev(7)).</summary>
internal sealed class GroupMissingRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        if (installation is { IsForFirmwareTpm: true, Groups: { } groups } && !groups.Contains("tee"))
        {
            yield return new Problem(
                "group-missing",
                Severity.Warning,
                "There is no group tee, so only root can use the secure world.",
                "Run systemd-sysusers (it reads /usr/lib/sysusers.d/tpmready.conf), then udevadm trigger -s tee.",
                [new Evidence("etc/group", "no tee")]);
        }
    }
}
