// SPDX-License-Identifier: MIT

namespace TpmReady.Diagnosis.Compare;

/// <summary>One difference between two boots.</summary>
/// <param name="Kind">"finding", "phase", "unit" or "outcome".</param>
/// <param name="Name">Id of the finding, or name of phase or unit.</param>
/// <param name="Before">What it was in the first boot, or null when it was not there.</param>
/// <param name="After">What it is in the second boot, or null when it is not there.</param>
/// <param name="Seconds">How many seconds longer the second one is, or null.</param>
/// <param name="Weight">How much it matters; larger first.</param>
public sealed record BootChange(string Kind, string Name, string? Before, string? After, double? Seconds, double Weight);
