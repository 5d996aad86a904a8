// SPDX-License-Identifier: MIT

using System.Text.Json;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Inspection;

namespace TpmReady.Cli.Output;

/// <summary>The status for programs; schema/status.schema.json describes it.</summary>
internal static class StatusJson
{
    /// <summary>Writes it.</summary>
    public static void Write(MachineStatus status) => JsonOutput.Write(json =>
    {
        json.WriteString("availability", Words.Of(status.Availability));
        JsonOutput.WriteDecision(json, status.Decision);
        JsonOutput.WriteTexts(json, "claimed_by", status.ClaimedBy);
        if (status.Chip is { } chip)
        {
            json.WriteStartObject("tpm");
            WriteChip(json, chip);
            json.WriteEndObject();
        }

        if (status.Supplicant is { } supplicant)
        {
            json.WriteStartObject("supplicant");
            json.WriteString("state", supplicant.State);
            if (supplicant.Holder is { } holder)
            {
                json.WriteString("command", holder.Command);
                json.WriteNumber("pid", holder.Process);
            }

            json.WriteEndObject();
        }

        json.WriteString("answer", status.Answer);
        json.WriteStartArray("units");
        foreach (UnitReport unit in status.Units)
        {
            Write(json, unit);
        }

        json.WriteEndArray();
        JsonOutput.WriteTexts(json, "notes", status.Notes);
    });

    /// <summary>A TPM's members.</summary>
    public static void WriteChip(Utf8JsonWriter json, TpmChip chip)
    {
        json.WriteString("name", chip.Name);
        if (chip.NodeName is { } node)
        {
            json.WriteString("node", "/dev/" + node);
        }

        if (chip.Version is { } version)
        {
            json.WriteNumber("version", version);
        }

        if (chip.Driver is { } driver)
        {
            json.WriteString("driver", driver);
        }
    }

    private static void Write(Utf8JsonWriter json, UnitReport unit)
    {
        json.WriteStartObject();
        json.WriteString("name", unit.Name);
        if (unit.File is { } file)
        {
            json.WriteString("path", file.Path);
            json.WriteBoolean("masked", file.IsMasked);
        }

        if (unit.State is { } state)
        {
            json.WriteString("load", state.Load);
            json.WriteString("active", state.Active);
            json.WriteString("sub", state.Sub);
            json.WriteString("enabled", state.File);
            json.WriteString("result", state.Result);
            json.WriteString("status", state.Status);
        }

        json.WriteEndObject();
    }
}
