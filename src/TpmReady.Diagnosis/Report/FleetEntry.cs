// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using TpmReady.Diagnosis.Findings;

namespace TpmReady.Diagnosis.Report;

/// <summary>One log of many.</summary>
/// <param name="Log">Its name.</param>
/// <param name="Boots">What was found in it.</param>
/// <param name="Error">Why it could not be read, or null.</param>
public sealed record FleetEntry(string Log, IReadOnlyList<BootReport> Boots, string? Error)
{
    /// <summary>The worst finding above a note, or null.</summary>
    public Finding? Worst => Boots.SelectMany(boot => boot.Findings)
        .Where(finding => finding.Severity > Severity.Note)
        .MaxBy(finding => (finding.Severity, finding.Confidence));

    /// <summary>Seconds that were lost in waiting, or null when nothing tells.</summary>
    public double? Seconds => Boots.SelectMany(boot => boot.Findings).Max(finding => finding.Seconds);

    /// <summary>Explains one log of many; what goes wrong with it stays with it.</summary>
    /// <param name="log">Its name.</param>
    /// <param name="open">Opens it.</param>
    public static FleetEntry Of(string log, Func<string, Stream> open)
    {
        try
        {
            return new FleetEntry(log, LogAnalysis.Explain([log], open), null);
        }
        catch (Exception error) when (LogErrors.IsExpected(error))
        {
            return new FleetEntry(log, [], error.Message);
        }
    }
}
