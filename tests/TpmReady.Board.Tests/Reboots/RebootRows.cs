// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace TpmReady.Board.Tests.Reboots;

/// <summary>The boots of one board so far, kept beside it.</summary>
internal sealed class RebootRows
{
    /// <summary>From the command to the end, in seconds; what takes longer counts as a hang.</summary>
    private const int LongestSeconds = 60;

    private readonly List<RebootRow> _rows = [];
    private readonly string _file;

    /// <summary>Reads what a run before has left.</summary>
    public RebootRows(string directory)
    {
        Directory.CreateDirectory(directory);
        _file = Path.Combine(directory, "rows");
        BoardDirectory = Path.Combine(directory, "board");
        if (File.Exists(_file))
        {
            _rows.AddRange(File.ReadAllLines(_file).Select(RebootRow.Parse));
        }
    }

    /// <summary>The board's disks.</summary>
    public string BoardDirectory { get; }

    /// <summary>The newest row.</summary>
    public RebootRow? Last => _rows.LastOrDefault();

    /// <summary>Reboots and power-offs.</summary>
    public int OrderlyEnds => _rows.Count(static row => !row.IsCut);

    /// <summary>Whether the power was cut once.</summary>
    public bool HasCut => _rows.Exists(static row => row.IsCut);

    /// <summary>Adds a row, here and in the file.</summary>
    public void Add(RebootRow row)
    {
        _rows.Add(row);
        File.AppendAllText(_file, row + "\n");
    }

    /// <summary>The rows for which something does not hold. What stands after a power cut is only reported.</summary>
    public IEnumerable<string> Faults() => _rows.SelectMany((row, index) =>
        Faults(row, index == 0 ? null : _rows[index - 1]).Select(fault => $"boot {index + 1}: {fault}"));

    private static IEnumerable<string> Faults(RebootRow row, RebootRow? before)
    {
        (string Fault, bool IsThere)[] ends =
        [
            ("it did not end in time: " + row["seconds"], !(row.Number("seconds") <= LongestSeconds)),
            ("the TPM's TA panicked", !row.Is("tpm-panics", "0")),
            ("the kernel complained", !row.Is("complaints", "0")),
            ("the TPM did not answer before tpm2.target in the initrd", !IsBefore(row, "initrd-answers", "initrd-target")),
            ("the TPM did not answer before tpm2.target on the host", !IsBefore(row, "host-answers", "host-target")),
        ];
        (string Fault, bool IsThere)[] afterOrderly = before is null || before.IsCut ? [] :
        [
            ("commands failed: " + row["failed"], !row.Is("failed", "0")),
            ("NV memory: " + row["nv"], !row.Is("nv", "ok")),
            ("storage: " + row["storage"], !row.Is("storage", "ok")),
            ("other PCRs than after the boot before", !row.Is("registers", before["registers"])),
            ("the dictionary-attack counter rose", !(row.Number("lockout") <= before.Number("lockout"))),
            ("the TPM did not answer before its first consumer", !IsBefore(row, "host-answers", "host-consumer")),
            ("the first consumer failed: " + row["consumer"], !row.Is("consumer", "success")),
        ];
        return ends.Concat(afterOrderly).Where(static fault => fault.IsThere).Select(static fault => fault.Fault);
    }

    private static bool IsBefore(RebootRow row, string first, string second) => row.Number(first) <= row.Number(second);
}
