// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace TpmReady.Cli.Tests;

/// <summary>Holds JSON against our schemas.</summary>
internal static class Schema
{
    /// <summary>The parts of JSON Schema that our schemas use: required, type, enum, const, items, properties, $ref.</summary>
    public static IReadOnlyList<string> Violations(string text, string name)
    {
        using JsonDocument value = JsonDocument.Parse(text);
        using JsonDocument schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, name)));
        List<string> found = [];
        JsonElement definitions = schema.RootElement.GetProperty("$defs");
        Check(value.RootElement, schema.RootElement, definitions, "$", found);
        return found;
    }

    private static void Check(JsonElement value, JsonElement schema, JsonElement definitions, string path, List<string> found)
    {
        if (schema.TryGetProperty("$ref", out JsonElement reference))
        {
            Check(value, definitions.GetProperty(reference.GetString()!.Split('/')[^1]), definitions, path, found);
            return;
        }

        if (schema.TryGetProperty("enum", out JsonElement allowed) &&
            !allowed.EnumerateArray().Any(item => item.GetString() == value.GetString()))
        {
            found.Add($"{path}: {value} is not allowed");
        }

        if (schema.TryGetProperty("const", out JsonElement constant) && constant.GetRawText() != value.GetRawText())
        {
            found.Add($"{path}: {value} is not {constant}");
        }

        if (schema.TryGetProperty("type", out JsonElement type) && !IsType(value, type.GetString()!))
        {
            found.Add($"{path}: no {type}");
        }

        if (schema.TryGetProperty("required", out JsonElement required))
        {
            found.AddRange(required.EnumerateArray().Where(name => !value.TryGetProperty(name.GetString()!, out _))
                .Select(name => $"{path}: {name} is missing"));
        }

        if (schema.TryGetProperty("properties", out JsonElement properties) && value.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in value.EnumerateObject())
            {
                if (!properties.TryGetProperty(property.Name, out JsonElement inner))
                {
                    found.Add($"{path}.{property.Name} is not in the schema");
                    continue;
                }

                Check(property.Value, inner, definitions, $"{path}.{property.Name}", found);
            }
        }

        if (schema.TryGetProperty("items", out JsonElement items) && value.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in value.EnumerateArray())
            {
                Check(item, items, definitions, path + "[]", found);
            }
        }
    }

    private static bool IsType(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        _ => value.ValueKind == JsonValueKind.Number,
    };
}
