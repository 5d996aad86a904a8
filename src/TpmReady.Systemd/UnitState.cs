// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;

namespace TpmReady.Systemd;

/// <summary>A unit as the service manager has it (<c>systemctl show</c>); a property that was not told is empty.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Load">LoadState: loaded, not-found, masked…</param>
/// <param name="Active">ActiveState: active, inactive, failed…</param>
/// <param name="Sub">SubState: running, exited, dead…</param>
/// <param name="File">UnitFileState: enabled, disabled, static…</param>
/// <param name="Result">Result: success, exit-code, timeout…</param>
/// <param name="Status">What the service says of itself by STATUS=.</param>
public sealed record UnitState(
    string Name, string Load, string Active, string Sub, string File, string Result, string Status)
{
    /// <summary>The properties to ask for, as <c>systemctl show --property=</c> takes them.</summary>
    public const string Properties = "Id,LoadState,ActiveState,SubState,UnitFileState,Result,StatusText";

    /// <summary>Whether the service manager knows a file for it.</summary>
    public bool IsThere => Load is not ("not-found" or "");

    /// <summary>Whether it failed.</summary>
    public bool HasFailed => Active is "failed";

    /// <summary>Reads what <c>systemctl show</c> printed: a block a unit, blank lines between, <c>NAME=VALUE</c> a line.
    /// </summary>
    public static IReadOnlyList<UnitState> Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<UnitState> units = [];
        Dictionary<string, string> block = new(StringComparer.Ordinal);
        foreach (string line in (text + "\n\n").Split('\n'))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                block[line[..equals]] = line[(equals + 1)..];
            }
            else if (line.Length == 0 && block.ContainsKey("Id"))
            {
                string Of(string name) => block.GetValueOrDefault(name, "");
                units.Add(new UnitState(
                    Of("Id"), Of("LoadState"), Of("ActiveState"), Of("SubState"), Of("UnitFileState"), Of("Result"),
                    Of("StatusText")));
                block.Clear();
            }
        }

        return units;
    }
}
