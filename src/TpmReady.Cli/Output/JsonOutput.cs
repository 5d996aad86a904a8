// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Encodings.Web;
using System.Text.Json;
using TpmReady.Readiness.Decisions;

namespace TpmReady.Cli.Output;

/// <summary>What the JSON of status, wait and doctor has in common. Within one schema version keys are only added.
/// </summary>
internal static class JsonOutput
{
    /// <summary>The version of the schemas.</summary>
    public const int SchemaVersion = 1;

    /// <summary>Writes one object to standard output, for eyes too if that is a terminal.</summary>
    public static void Write(Action<Utf8JsonWriter> members)
    {
        using Stream output = Console.OpenStandardOutput();
        JsonWriterOptions options = new()
        {
            Indented = !Console.IsOutputRedirected,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using (Utf8JsonWriter json = new(output, options))
        {
            json.WriteStartObject();
            json.WriteNumber("schema_version", SchemaVersion);
            members(json);
            json.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
    }

    /// <summary>A decision's members.</summary>
    public static void WriteDecision(Utf8JsonWriter json, Decision decision)
    {
        json.WriteString("kind", Words.Of(decision.Kind));
        json.WriteStartObject("decision");
        json.WriteString("verdict", Words.Of(decision.Verdict));
        json.WriteString("cause", Words.Of(decision.Cause));
        json.WriteString("reason", decision.Reason);
        json.WritePropertyName("evidence");
        WriteEvidence(json, decision.Evidence);
        json.WriteEndObject();
    }

    /// <summary>Evidence, as an array.</summary>
    public static void WriteEvidence(Utf8JsonWriter json, IEnumerable<Evidence> evidence)
    {
        json.WriteStartArray();
        foreach (Evidence fact in evidence)
        {
            json.WriteStartObject();
            json.WriteString("source", fact.Source);
            json.WriteString("says", fact.Says);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Texts, as an array.</summary>
    public static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
