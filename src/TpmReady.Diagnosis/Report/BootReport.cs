// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Report;

/// <summary>What was found in one boot.</summary>
/// <param name="Number">Number of the boot in the files, from 1.</param>
/// <param name="Id">The boot's id, if the log has it.</param>
/// <param name="Seconds">Seconds from the first to the last stamp.</param>
/// <param name="IsComplete">Whether the log shows the boot come up.</param>
/// <param name="Findings">The findings, roots first.</param>
public sealed record BootReport(
    int Number, string? Id, double? Seconds, bool IsComplete, IReadOnlyList<Finding> Findings)
{
    /// <summary>Makes the report of a boot.</summary>
    /// <param name="boot">The boot.</param>
    public static BootReport Of(Boot boot) =>
        new(boot.Number, boot.Id, boot.Seconds, boot.IsComplete, BootDiagnosis.Of(boot));
}
