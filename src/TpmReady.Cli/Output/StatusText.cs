// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Inspection;

namespace TpmReady.Cli.Output;

/// <summary>The status for people, laid out as <c>systemctl status</c> does it. Colour marks only what is good or bad.
/// </summary>
internal sealed class StatusText(TextWriter writer, bool colour)
{
    private const int LabelWidth = 12;
    private const string Green = "\e[32m";
    private const string Red = "\e[31m";
    private const string Yellow = "\e[33m";
    private const string Plain = "\e[0m";

    /// <summary>Writes it.</summary>
    public void Write(MachineStatus status)
    {
        string mark = status.Availability switch
        {
            Availability.Usable => Green,
            Availability.Broken => Red,
            Availability.MayCome => Yellow,
            _ => "",
        };
        string name = status.Chip is { } chip ? chip.Name + ": " : "";
        writer.WriteLine(
            $"{Paint(mark, "●")} {name}{Words.Kind(status.Decision.Kind)}; "
            + Paint(mark, Words.Availability(status.Availability)));
        Row("Node", Node(status.Chip));
        Row("Claimed by", status.ClaimedBy.Count > 0 ? string.Join(", ", status.ClaimedBy) : null);
        Row("Supplicant", status.Supplicant?.Text);
        Row("Answer", status.Answer);
        if (!string.Equals(status.Decision.Reason, status.Answer, StringComparison.Ordinal))
        {
            Row("Decision", status.Decision.Reason);
        }

        Rows("Evidence", status.Decision.Evidence.Select(static fact => $"{fact.Source}: {fact.Says}"));
        int width = status.Units.Select(static unit => unit.Name.Length).DefaultIfEmpty().Max();
        Rows("Units", status.Units.Count > 0
            ? status.Units.Select(unit => $"{unit.Name.PadRight(width)}  {State(unit)}")
            : ["none of those that make a firmware TPM ready"]);
        Rows("Note", status.Notes);
    }

    private static string? Node(TpmChip? chip) => chip switch
    {
        null => null,
        { NodeName: null } => $"none for users (no resource manager), driver {chip.Driver ?? "none"}",
        _ => $"/dev/{chip.NodeName}, driver {chip.Driver ?? "none"}",
    };

    private string State(UnitReport unit)
    {
        if (unit.IsMasked)
        {
            return Paint(Yellow, "masked");
        }

        if (unit.State is not { } state)
        {
            return "installed";
        }

        string text = $"{state.Active} ({state.Sub})";
        text = state.HasFailed ? Paint(Red, $"{text}, {state.Result}") : text;
        text += state.File is "enabled" or "disabled" ? ", " + state.File : "";
        return state.Status.Length > 0 ? $"{text}: {state.Status}" : text;
    }

    private void Row(string label, string? text)
    {
        if (text is not null)
        {
            writer.WriteLine($"{label.PadLeft(LabelWidth)}: {text}");
        }
    }

    private void Rows(string label, IEnumerable<string> texts)
    {
        foreach ((int index, string text) in texts.Index())
        {
            writer.WriteLine(index == 0
                ? $"{label.PadLeft(LabelWidth)}: {text}"
                : new string(' ', LabelWidth + 2) + text);
        }
    }

    private string Paint(string with, string text) => colour && with.Length > 0 ? with + text + Plain : text;
}
