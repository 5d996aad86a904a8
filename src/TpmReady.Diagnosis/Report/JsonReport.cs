// SPDX-License-Identifier: MIT

using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Encodings.Web;
using System.Text.Json;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Report;

/// <summary>
/// The report for programs; schema/explain.schema.json describes it. Within one schema version keys are only added.
/// </summary>
public static class JsonReport
{
    /// <summary>The version of the schema.</summary>
    public const int SchemaVersion = 1;

    /// <summary>Writes a report.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="boots">The boots.</param>
    /// <param name="files">Names of the files, by index.</param>
    /// <param name="indented">Whether for eyes too, or one line.</param>
    /// <param name="error">Why the files could not be read, or null.</param>
    public static void Write(
        Stream stream, IReadOnlyList<BootReport> boots, IReadOnlyList<string> files, bool indented, string? error = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(boots);
        ArgumentNullException.ThrowIfNull(files);
        ArrayBufferWriter<byte> buffer = new();
        JsonWriterOptions options = new()
        {
            Indented = indented,
            // Evidence keeps its quotes and angle brackets readable; nothing of it goes into HTML unescaped.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using (Utf8JsonWriter json = new(buffer, options))
        {
            json.WriteStartObject();
            json.WriteNumber("schema_version", SchemaVersion);
            json.WriteStartArray("files");
            foreach (string file in files)
            {
                json.WriteStringValue(file);
            }

            json.WriteEndArray();
            if (error is not null)
            {
                json.WriteString("error", error);
            }

            json.WriteStartArray("findings");
            foreach (BootReport boot in boots)
            {
                foreach (Finding finding in boot.Findings)
                {
                    Write(json, boot.Number, finding, files);
                }
            }

            json.WriteEndArray();
            json.WriteStartArray("boots");
            foreach (BootReport boot in boots)
            {
                Write(json, boot);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        stream.Write(buffer.WrittenSpan);
        stream.WriteByte((byte)'\n');
    }

    private static void Write(Utf8JsonWriter json, BootReport boot)
    {
        json.WriteStartObject();
        json.WriteNumber("number", boot.Number);
        if (boot.Id is not null)
        {
            json.WriteString("id", boot.Id);
        }

        if (boot.Seconds is { } seconds)
        {
            json.WriteNumber("seconds", Math.Round(seconds, 3));
        }

        json.WriteBoolean("complete", boot.IsComplete);
        json.WriteNumber("findings", boot.Findings.Count);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, int boot, Finding finding, IReadOnlyList<string> files)
    {
        json.WriteStartObject();
        json.WriteString("id", finding.Id);
        json.WriteString("severity", Wire.Of(finding.Severity));
        json.WriteString("confidence", Wire.Of(finding.Confidence));
        json.WriteString("phase", Wire.Of(finding.Phase));
        if (finding.SubCause is not null)
        {
            json.WriteString("sub_cause", finding.SubCause);
        }

        json.WriteNumber("boot", boot);
        if (finding.Seconds is { } seconds)
        {
            json.WriteNumber("seconds", Math.Round(seconds, 3));
        }

        json.WriteString("cause", finding.Cause);
        json.WriteString("remedy", finding.Remedy);
        json.WriteStartArray("evidence");
        foreach (Signal line in finding.Evidence)
        {
            Write(json, line, files);
        }

        json.WriteEndArray();
        json.WriteStartArray("consequences");
        foreach (Consequence consequence in finding.Consequences)
        {
            json.WriteStartObject();
            if (consequence.Id is not null)
            {
                json.WriteString("id", consequence.Id);
            }

            json.WriteString("text", consequence.Text);
            json.WritePropertyName("evidence");
            Write(json, consequence.Evidence, files);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Signal line, IReadOnlyList<string> files)
    {
        json.WriteStartObject();
        json.WriteString("file", files.ElementAtOrDefault(line.File) ?? "-");
        json.WriteNumber("line", line.Line);
        json.WriteString("text", line.Text);
        json.WriteEndObject();
    }
}
