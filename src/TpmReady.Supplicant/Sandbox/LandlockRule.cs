// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Sandbox;

/// <summary>Something that stays in reach, with everything beneath it.</summary>
/// <param name="Path">Where it is; links on the way are followed once, when the rule is made.</param>
/// <param name="Access">What may be done, in the bits of <see cref="LandlockPolicy"/>.</param>
/// <param name="Absence">What happens if it is not there yet.</param>
internal sealed record LandlockRule(string Path, ulong Access, Absence Absence)
{
    /// <summary>
    /// Whether the directory may hold links to files elsewhere, whose directories are then in reach as well: TAs are
    /// often links into a store of packages.
    /// </summary>
    public bool HasLinks { get; init; }
}
