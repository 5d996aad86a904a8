// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Diagnosis.Findings;

namespace TpmReady.Diagnosis.Tests;

/// <summary>
/// What people paste: five lines out of a log, quoted in a mail, with a CI system's prefix, with the colours of a terminal.
/// A part of a log may lose the cause; it must not gain another.
/// </summary>
public sealed class ExcerptTests
{
    private const int Window = 5;

    /// <summary>How a pasted line may look, by name.</summary>
    private static readonly (string Name, Func<string, string> Wrap)[] Dresses =
    [
        ("quoted", line => "> " + line),
        ("quoted twice", line => "> > " + line),
        ("indented", line => "    " + line),
        ("coloured", line => $"\e[0;32m{line}\e[0m"),
        ("CRLF", line => line + "\r"),
        // A CI system relays a console, not prose.
        ("CI time", line => line.StartsWith('[') ? "2026-11-23T00:03:11.1234567Z " + line : line),
        ("padded", line => line + "     "),
    ];

    [Test]
    public async Task Five_lines_of_a_case_never_give_another_cause()
    {
        List<string> wrong = [];
        int windows = 0;
        foreach ((string name, string stated, string[] lines) in Cases())
        {
            HashSet<string> honest = Honest(stated, name, string.Join('\n', lines));
            for (int start = 0; start + Window <= lines.Length; start++, windows++)
            {
                Judge(lines[start..(start + Window)], $"{name} from line {start + 1}", honest, wrong);
            }
        }

        Console.WriteLine($"{windows} excerpts of {Window} lines, {wrong.Count} with a wrong cause");
        await Assert.That(string.Join('\n', wrong)).IsEqualTo("");
        await Assert.That(windows).IsGreaterThan(0);
    }

    [Test]
    [Arguments("a-stock-first-boot/journal.log.xz", FindingIds.SupplicantMissing, FindingIds.SwitchRootNotRequeued)]
    [Arguments("a-stock-first-boot/serial.log.gz", FindingIds.SupplicantMissing, FindingIds.SwitchRootNotRequeued)]
    [Arguments("c-stock-tpm2-wait/journal.log.zst", FindingIds.SupplicantMissing, FindingIds.SwitchRootNotRequeued)]
    [Arguments("f-survivor-emptied-root/journal.log.zst", FindingIds.StaleInitrdSupplicant, FindingIds.StorageInconsistent)]
    [Arguments("f-survivor-emptied-root/secure.log.gz", FindingIds.StaleInitrdSupplicant, FindingIds.StorageInconsistent)]
    public async Task Five_lines_of_a_whole_boot_never_give_another_cause(string log, string stated, string second)
    {
        string[] lines = [.. TestData.Lines(TestData.Path("board/" + log))];
        HashSet<string> honest = Honest(stated, "", string.Join('\n', lines));
        honest.Add(second);
        List<string> wrong = [];
        for (int start = 0; start + Window <= lines.Length; start++)
        {
            Judge(lines[start..(start + Window)], $"from line {start + 1}", honest, wrong);
        }

        Console.WriteLine($"{log}: {lines.Length - Window + 1} excerpts of {Window} lines, {wrong.Count} with a wrong cause");
        await Assert.That(string.Join('\n', wrong.Take(20))).IsEqualTo("");
    }

    [Test]
    public async Task However_a_case_is_pasted_its_finding_stays()
    {
        List<string> wrong = [];
        foreach ((string name, _, string[] lines) in Cases())
        {
            string plain = TestData.Top(TestData.ExplainText(string.Join('\n', lines)));
            foreach ((string dress, Func<string, string> wrap) in Dresses)
            {
                string top = TestData.Top(TestData.ExplainText(string.Join('\n', lines.Select(wrap))));
                if (top != plain)
                {
                    wrong.Add($"{name} {dress}: {top} instead of {plain}");
                }
            }
        }

        await Assert.That(string.Join('\n', wrong)).IsEqualTo("");
    }

    private static void Judge(string[] lines, string place, HashSet<string> honest, List<string> wrong)
    {
        IEnumerable<Finding> findings = TestData.ExplainText(string.Join('\n', lines))
            .Where(finding => finding.Severity > Severity.Note);
        foreach (Finding finding in findings.Where(finding => !honest.Contains(finding.Id)))
        {
            wrong.Add($"{place}: {finding.Id} because of {finding.Evidence[0].Text}");
        }
    }

    /// <summary>The stated cause, what it explains, what the whole log shows, and an admission not to know.</summary>
    private static HashSet<string> Honest(string stated, string name, string whole) =>
    [
        stated,
        FindingIds.Unknown,
        .. FindingIds.All.Where(id => Explanations.Explains(stated, id)),
        .. TestData.ExplainText(whole).SelectMany(
            finding => finding.Consequences.Select(effect => effect.Id).OfType<string>().Append(finding.Id)),
        .. CaseTests.Neighbours(name),
    ];

    private static IEnumerable<(string Name, string Stated, string[] Lines)> Cases() =>
        TestData.Table("cases/index.tsv")
            .Select(row => (row[0], row[1], File.ReadAllLines(TestData.Path($"cases/{row[0]}.log"))));
}
