// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>
/// Whoever may open the supplicant's device can be the supplicant; whoever may open the TPM can lock it out.
/// </summary>
internal sealed class NodeAccessRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        foreach ((string path, FileRecord record) in installation.Nodes)
        {
            if (!record.IsOpenToAll)
            {
                continue;
            }

            bool isPrivate = path.StartsWith("/dev/teepriv", StringComparison.Ordinal);
            yield return new Problem(
                "node-open-to-all",
                isPrivate ? Severity.Error : Severity.Warning,
                isPrivate
                    ? $"Everybody may open {path}, and so become the supplicant that keeps the TPM's secrets."
                    : $"Everybody may open {path}.",
                $"Find the rule of udev that says so (grep -r MODE /etc/udev/rules.d /usr/lib/udev/rules.d), and run "
                + $"chmod o= {path}.",
                [new Evidence(path[1..], "mode " + record.Permissions)]);
        }
    }
}
