// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace TpmReady.Board.Tests.Reboots;

/// <summary>
/// One boot: how the TPM came up, what the end before had left, and how this boot ended. Written as words of a name and a
/// value, so that scripts can read it.
/// </summary>
internal sealed class RebootRow
{
    private readonly Dictionary<string, string> _values;

    private RebootRow(Dictionary<string, string> values) => _values = values;

    /// <summary>Whether the power was cut at its end.</summary>
    public bool IsCut => Is("end", "cut");

    /// <summary>A value, or "none".</summary>
    public string this[string name] => _values.GetValueOrDefault(name, "none");

    /// <summary>Whether a value is this one.</summary>
    public bool Is(string name, string value) => string.Equals(this[name], value, StringComparison.Ordinal);

    /// <summary>The row of a boot that has ended.</summary>
    /// <param name="before">The row before, or null.</param>
    /// <param name="end">How it was ended.</param>
    /// <param name="seconds">How long that took; null for a hang.</param>
    /// <param name="journal">The boot's journal.</param>
    /// <param name="check">What <see cref="RebootGuest.Check"/> printed.</param>
    /// <param name="secureLog">The secure world's console.</param>
    /// <param name="normalLog">The normal world's console.</param>
    public static RebootRow Create(
        RebootRow? before, string end, TimeSpan? seconds, Journal journal, string check, string secureLog, string normalLog)
    {
        Dictionary<string, string> values = check.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => line.Split(' ', 2))
            .Where(static words => words.Length == 2)
            .ToDictionary(static words => words[0], static words => words[1].Trim(), StringComparer.Ordinal);
        values["after"] = before?["end"] ?? "none";
        values["end"] = end;
        values["seconds"] = seconds is { } time ? Text(time.TotalSeconds) : "hang";
        (values["tpm-panics"], values["other-panics"]) = CountPanics(secureLog);
        values["complaints"] = Text(CountComplaints(normalLog));
        AddTimes(values, journal);
        return new RebootRow(values);
    }

    /// <summary>Reads a row that <see cref="ToString"/> has written.</summary>
    public static RebootRow Parse(string line) => new(line
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(static word => word.Split('=', 2))
        .ToDictionary(static pair => pair[0], static pair => pair[1], StringComparer.Ordinal));

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join(' ', _values.Select(static pair => $"{pair.Key}={pair.Value.Replace(' ', ',')}"));

    /// <summary>A number of this row; null where there is none.</summary>
    public double? Number(string name) =>
        double.TryParse(this[name], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;

    /// <summary>When the TPM had answered, and from when on units that use it could start, in initrd and host.</summary>
    private static void AddTimes(Dictionary<string, string> values, Journal journal)
    {
        (int root, int end) = journal.Split("Switching root");
        Add("initrd-answers", journal.TimeOf("The TPM answers", 0, root));
        Add("initrd-target", journal.TimeOf("Reached target tpm2.target", 0, root));
        Add("host-answers", journal.TimeOf("The TPM answers", root, end));
        Add("host-target", journal.TimeOf("Reached target tpm2.target", root, end));
        Add("host-consumer", journal.TimeOf("Starting first-consumer.service", root, end));

        void Add(string name, double? time) => values[name] = time is { } seconds ? Text(seconds) : "none";
    }

    /// <summary>OP-TEE prints a TA's UUID in the lines behind that of its panic.</summary>
    private static (string Tpm, string Other) CountPanics(string log)
    {
        string[] parts = log.Split("TA panicked with code", StringSplitOptions.None)[1..];
        int tpm = parts.Count(static part => part
            .Split('\n').Take(3).Any(static line => line.Contains("bc50d971-d4c9-42c4-82cb-343fb7f37896", StringComparison.Ordinal)));
        return (Text(tpm), Text(parts.Length - tpm));
    }

    private static int CountComplaints(string log) => log.Split('\n').Count(static line =>
        line.Contains("Kernel panic", StringComparison.Ordinal) || line.Contains("BUG:", StringComparison.Ordinal)
        || line.Contains("Oops", StringComparison.Ordinal) || line.Contains("blocked for more than", StringComparison.Ordinal)
        || line.Contains("TPM Error", StringComparison.OrdinalIgnoreCase));

    private static string Text(double number) => number.ToString("0.###", CultureInfo.InvariantCulture);
}
