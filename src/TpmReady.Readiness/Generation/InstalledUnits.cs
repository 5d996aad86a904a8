// SPDX-License-Identifier: MIT

using System;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Generation;

/// <summary>Which of the units that matter are in this root, and where.</summary>
/// <param name="Tpm2Target">The path of tpm2.target; null if it is not there (systemd before 256) or masked.</param>
/// <param name="Gate">The path of tpmready-gate@.service, or null.</param>
/// <param name="Supplicant">The path of tee-supplicant@.service, or null.</param>
/// <param name="OtherSupplicant">A unit of another supplicant that is enabled, or null.</param>
public sealed record InstalledUnits(string? Tpm2Target, string? Gate, string? Supplicant, string? OtherSupplicant)
{
    /// <summary>The template of the gate.</summary>
    public const string GateTemplate = "tpmready-gate@.service";

    /// <summary>The template of the supplicant.</summary>
    public const string SupplicantTemplate = "tee-supplicant@.service";

    /// <summary>Reads it.</summary>
    public static InstalledUnits Read(FactTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        string? other = null;

        // Debian's package of the C daemon, and what vendors make of it.
        foreach (string name in (ReadOnlySpan<string>)
            ["multi-user.target.wants/tee-supplicant.service", "sysinit.target.wants/tee-supplicant.service"])
        {
            other ??= Find(tree, name) is null ? null : name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..];
        }

        return new InstalledUnits(
            Find(tree, "tpm2.target"), Find(tree, GateTemplate), Find(tree, SupplicantTemplate), other);
    }

    private static string? Find(FactTree tree, string name) =>
        UnitFile.Find(tree, name) is { IsMasked: false } file ? file.Path : null;
}
