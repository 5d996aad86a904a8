// SPDX-License-Identifier: MIT

using System.Globalization;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Report;

/// <summary>The words that reports use for values, in JSON and for people alike.</summary>
public static class Wire
{
    /// <summary>The word for a phase.</summary>
    /// <param name="phase">The phase.</param>
    public static string Of(Phase phase) => phase switch
    {
        Phase.Firmware => "firmware",
        Phase.Kernel => "kernel",
        Phase.Initrd => "initrd",
        Phase.SwitchRoot => "switch-root",
        Phase.Host => "host",
        Phase.Runtime => "runtime",
        Phase.Shutdown => "shutdown",
        _ => "unknown",
    };

    /// <summary>The word for a severity.</summary>
    /// <param name="severity">The severity.</param>
    public static string Of(Severity severity) => severity switch
    {
        Severity.Fatal => "fatal",
        Severity.Stall => "stall",
        Severity.Degraded => "degraded",
        _ => "note",
    };

    /// <summary>The word for a confidence.</summary>
    /// <param name="confidence">The confidence.</param>
    public static string Of(Confidence confidence) => confidence == Confidence.Certain ? "certain" : "likely";

    /// <summary>The word for an outcome.</summary>
    /// <param name="outcome">The outcome.</param>
    public static string Of(UnitOutcome outcome) => outcome switch
    {
        UnitOutcome.Done => "done",
        UnitOutcome.Failed => "failed",
        UnitOutcome.Timeout => "timed out",
        UnitOutcome.Dependency => "dependency failed",
        _ => "open",
    };

    /// <summary>Seconds as a person reads them: "90 s", "2.31 s".</summary>
    /// <param name="seconds">Seconds.</param>
    public static string Seconds(double seconds) =>
        seconds >= 10
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds:F0} s")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds:0.##} s");
}
