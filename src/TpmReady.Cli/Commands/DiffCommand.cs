// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using TpmReady.Diagnosis.Compare;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Report;

namespace TpmReady.Cli.Commands;

/// <summary>tpmready diff: what changed between two boots.</summary>
internal static class DiffCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make()
    {
        Argument<string> before = new("A") { Description = "Log of the first boot." };
        Argument<string> after = new("B") { Description = "Log of the second boot." };
        Option<bool> json = new("--json") { Description = "Write JSON." };
        Command command = new("diff", "Tells what changed between two boots, and which change matters.") { before, after, json };
        command.SetAction(parsed => LogFiles.Guard(() =>
        {
            Boot? first = Longest(parsed.GetValue(before)!);
            Boot? second = Longest(parsed.GetValue(after)!);
            if (first is null || second is null)
            {
                Console.Error.WriteLine("tpmready: one of the logs shows no boot.");
                return ExitCodes.Unreadable;
            }

            IReadOnlyList<BootChange> changes = BootComparison.Of(first, second);
            if (parsed.GetValue(json))
            {
                Json(changes);
            }
            else
            {
                Text(changes);
            }

            return ExitCodes.Success;
        }));
        return command;
    }

    private static Boot? Longest(string file) => LogAnalysis.Boots([file], LogFiles.Open).MaxBy(boot => boot.Seen + boot.Spans.Count);

    private static void Text(IReadOnlyList<BootChange> changes)
    {
        if (changes.Count == 0)
        {
            Console.WriteLine("Nothing changed that counts.");
            return;
        }

        foreach ((int index, BootChange change) in changes.Index())
        {
            string more = change.Seconds is { } seconds
                ? string.Create(CultureInfo.InvariantCulture, $" ({seconds:+0.##;-0.##} s)")
                : "";
            string what = change switch
            {
                { Before: null } => $"new {change.Kind}: {change.Name} [{change.After}]{more}",
                { After: null } => $"gone {change.Kind}: {change.Name} [{change.Before}]",
                _ => $"{change.Kind} {change.Name}: {change.Before} -> {change.After}{more}",
            };
            Console.WriteLine((index == 0 ? "Matters most: " : "              ") + what);
        }
    }

    private static void Json(IReadOnlyList<BootChange> changes)
    {
        using Stream output = Console.OpenStandardOutput();
        using Utf8JsonWriter json = new(output, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteNumber("schema_version", JsonReport.SchemaVersion);
        json.WriteStartArray("changes");
        foreach (BootChange change in changes)
        {
            json.WriteStartObject();
            json.WriteString("kind", change.Kind);
            json.WriteString("name", change.Name);
            json.WriteString("before", change.Before);
            json.WriteString("after", change.After);
            if (change.Seconds is { } seconds)
            {
                json.WriteNumber("seconds", Math.Round(seconds, 3));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
