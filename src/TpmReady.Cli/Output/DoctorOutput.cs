// SPDX-License-Identifier: MIT

using System.IO;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Doctor;

namespace TpmReady.Cli.Output;

/// <summary>The doctor's findings, for people and for programs (schema/doctor.schema.json).</summary>
internal static class DoctorOutput
{
    private const string Plain = "\e[0m";

    /// <summary>Writes text.</summary>
    public static void WriteText(TextWriter writer, bool colour, Examination examination)
    {
        foreach (Problem problem in examination.Problems)
        {
            string severity = Words.Of(problem.Severity);
            writer.WriteLine($"{(colour ? Colour(problem.Severity) + severity + Plain : severity)}: {problem.Id}");
            writer.WriteLine($"  Cause:  {problem.Cause}");
            writer.WriteLine($"  Remedy: {problem.Remedy}");
            foreach (Evidence fact in problem.Evidence)
            {
                writer.WriteLine($"  {fact.Source}: {fact.Says}");
            }

            writer.WriteLine();
        }

        writer.WriteLine(examination switch
        {
            { Problems.Count: > 0 } => examination.IsHealthy ? "Nothing that keeps the TPM from working." : "",
            { IsForFirmwareTpm: true } => "No problem found.",
            _ => "No problem found. This system has no TPM that needs a supplicant.",
        });
        foreach (string gap in examination.Unchecked)
        {
            writer.WriteLine($"Not looked at: {gap}.");
        }
    }

    /// <summary>Writes JSON.</summary>
    public static void WriteJson(Examination examination) => JsonOutput.Write(json =>
    {
        json.WriteBoolean("healthy", examination.IsHealthy);
        json.WriteBoolean("needs_supplicant", examination.IsForFirmwareTpm);
        json.WriteStartArray("problems");
        foreach (Problem problem in examination.Problems)
        {
            json.WriteStartObject();
            json.WriteString("id", problem.Id);
            json.WriteString("severity", Words.Of(problem.Severity));
            json.WriteString("cause", problem.Cause);
            json.WriteString("remedy", problem.Remedy);
            json.WritePropertyName("evidence");
            JsonOutput.WriteEvidence(json, problem.Evidence);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        JsonOutput.WriteTexts(json, "unchecked", examination.Unchecked);
    });

    private static string Colour(Severity severity) => severity switch
    {
        Severity.Error => "\e[31m",
        Severity.Warning => "\e[33m",
        _ => "",
    };
}
