// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Generation;
using TpmReady.Systemd;

namespace TpmReady.Readiness.Inspection;

/// <summary>One of the units that make the TPM ready: its file, and what the service manager says of it.</summary>
/// <param name="Name">The unit, with its instance.</param>
/// <param name="File">Its file, or its template's; null if there is none in this root.</param>
/// <param name="State">Null where no service manager was asked.</param>
public sealed record UnitReport(string Name, UnitFile? File, UnitState? State)
{
    /// <summary>The template of the unit that binds the driver.</summary>
    public const string DriverTemplate = "tpmready-driver@.service";

    /// <summary>The unit of the C daemon's Debian package, and of what vendors make of it.</summary>
    public const string OtherSupplicant = "tee-supplicant.service";

    /// <summary>Whether there is anything to tell.</summary>
    public bool IsThere => File is not null || State is { IsThere: true };

    /// <summary>Whether it is a link to <c>/dev/null</c>, so that nothing starts it.</summary>
    public bool IsMasked => File is { IsMasked: true } || State is { Load: "masked" };

    /// <summary>The units by name, for one question to the service manager.</summary>
    public static IReadOnlyList<string> Names(MachineFacts facts)
    {
        System.ArgumentNullException.ThrowIfNull(facts);
        string device = facts.SupplicantDevice;
        return
        [
            UnitName.Instance(InstalledUnits.SupplicantTemplate, device), UnitName.Instance(DriverTemplate, device),
            UnitName.Instance(InstalledUnits.GateTemplate, device), "tpm2.target", OtherSupplicant,
        ];
    }

    /// <summary>Puts files and states together.</summary>
    /// <param name="tree">The root.</param>
    /// <param name="names">The units.</param>
    /// <param name="states">What the service manager says; null if it was not asked.</param>
    public static IReadOnlyList<UnitReport> Read(
        FactTree tree, IReadOnlyList<string> names, IReadOnlyList<UnitState>? states)
    {
        System.ArgumentNullException.ThrowIfNull(names);
        List<UnitReport> reports = [];
        foreach (string name in names)
        {
            UnitState? found = null;
            foreach (UnitState state in states ?? [])
            {
                found = string.Equals(state.Name, name, System.StringComparison.Ordinal) ? state : found;
            }

            reports.Add(new UnitReport(name, UnitFile.Find(tree, name) ?? UnitFile.Find(tree, Template(name)), found));
        }

        return reports;
    }

    private static string Template(string name)
    {
        int at = name.IndexOf('@', System.StringComparison.Ordinal);
        return at < 0 ? name : name[..(at + 1)] + name[name.LastIndexOf('.')..];
    }
}
