// SPDX-License-Identifier: MIT

using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Report;

/// <summary>One condition, and whether it holds.</summary>
/// <param name="Name">The condition, as "max-wait 2 s".</param>
/// <param name="Failure">Why it does not hold, or null.</param>
/// <param name="Evidence">The line that shows it, or null.</param>
public sealed record CheckResult(string Name, string? Failure, Signal? Evidence);
