// SPDX-License-Identifier: MIT

namespace TpmReady.Diagnosis.Codes;

/// <summary>One way to read a code.</summary>
/// <param name="Kind">"TEE", "TPM" or "errno".</param>
/// <param name="Number">The number in the usual writing of its kind.</param>
/// <param name="Name">The name.</param>
/// <param name="Meaning">What it says.</param>
/// <param name="Here">What it means around a TPM at boot, or null when that is what it says.</param>
/// <param name="Finding">The finding that it usually belongs to, or null.</param>
public sealed record CodeReading(string Kind, string Number, string Name, string Meaning, string? Here, string? Finding);
