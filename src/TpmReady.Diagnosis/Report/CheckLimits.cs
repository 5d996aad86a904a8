// SPDX-License-Identifier: MIT

using TpmReady.Diagnosis.Findings;

namespace TpmReady.Diagnosis.Report;

/// <summary>What a log must hold to pass.</summary>
/// <param name="MaxWait">The longest wait for a TPM in seconds, or null for any.</param>
/// <param name="NoTaPanic">Whether a TA may not panic, at shutdown either.</param>
/// <param name="MaxFindings">How many findings above a note are allowed, or null for any number.</param>
/// <param name="MaxSeverity">The worst severity that is allowed, or null for any.</param>
public sealed record CheckLimits(double? MaxWait, bool NoTaPanic, int? MaxFindings, Severity? MaxSeverity);
