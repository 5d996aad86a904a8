// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Globalization;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>
/// Plug-ins are code that the supplicant runs: those that others could change are not loaded by ours, and run with the
/// C daemon's rights by that.
/// </summary>
internal sealed class PluginAccessRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        foreach ((string path, FileRecord record) in installation.Plugins)
        {
            if (record.Owner != 0 || record.IsWritableByOthers)
            {
                yield return new Problem(
                    "plugin-writable",
                    Severity.Error,
                    $"Others than root could change {path}, whose code the supplicant runs.",
                    $"Run chown root {path}, and chmod go-w {path}.",
                    [new Evidence(path[1..], string.Create(
                        CultureInfo.InvariantCulture, $"mode {record.Permissions}, owner {record.Owner}"))]);
            }
        }
    }
}
