// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Diagnosis.Findings;

namespace TpmReady.Diagnosis.Tests;

/// <summary>Excerpts of public reports, judged against the cause that the report gives.</summary>
public sealed class CaseTests
{
    // The excerpts that do not carry their cause: it stands elsewhere in the thread.
    private static readonly string[] NotInTheExcerpt = ["14-", "44-", "49-"];

    [Test]
    public async Task No_excerpt_gets_a_wrong_cause()
    {
        int right = 0;
        List<string> unknown = [];
        List<string> wrong = [];
        foreach (string[] row in TestData.Table("cases/index.tsv"))
        {
            IReadOnlyList<Finding> findings = TestData.Explain(TestData.Path($"cases/{row[0]}.log"));
            string top = TestData.Top(findings);
            string verdict = top == row[1] ? "right" : top is "-" or FindingIds.Unknown ? "unknown" : "wrong";
            Console.WriteLine($"{verdict,-8} {row[0],-50} stated {row[1],-32} found {string.Join(", ", findings.Select(f => f.Id))}");
            right += verdict is "right" ? 1 : 0;
            (verdict switch { "unknown" => unknown, "wrong" => wrong, _ => [] }).Add(row[0]);
        }

        Console.WriteLine($"{right} right, {unknown.Count} unknown, {wrong.Count} wrong");
        await Assert.That(wrong).IsEmpty();
        await Assert.That(unknown.All(name => NotInTheExcerpt.Any(name.StartsWith))).IsTrue();
        await Assert.That(right).IsEqualTo(TestData.Table("cases/index.tsv").Count() - NotInTheExcerpt.Length);
    }

    [Test]
    public async Task Every_id_of_the_list_is_found_in_an_excerpt_made_for_it()
    {
        List<string> wrong = [];
        HashSet<string> covered = new(StringComparer.Ordinal);
        foreach ((string id, string sub, string text) in TestData.Variants())
        {
            IReadOnlyList<Finding> findings = TestData.ExplainText(text);
            string top = TestData.Top(findings);
            bool right = id is "-"
                ? findings.All(finding => finding.Severity == Severity.Note)
                : top == id && (sub.Length == 0 || findings[0].SubCause == sub);
            covered.Add(id);
            if (!right)
            {
                wrong.Add($"{id} {sub}: {top} {findings.FirstOrDefault()?.SubCause} [{text.Split('\n')[0]}]");
            }
        }

        await Assert.That(string.Join('\n', wrong)).IsEqualTo("");
        await Assert.That(FindingIds.All.Except(covered, StringComparer.Ordinal)).IsEmpty();
    }

    [Test]
    [Arguments("a-stock-first-boot", "serial.log.gz", FindingIds.SupplicantMissing)]
    [Arguments("a-stock-first-boot", "serial.log.gz secure.log.gz", FindingIds.SupplicantMissing)]
    [Arguments("a-stock-first-boot", "journal.log.xz", FindingIds.SupplicantMissing)]
    [Arguments("a-stock-first-boot", "journal.log.xz secure.log.gz", FindingIds.SupplicantMissing)]
    [Arguments("c-stock-tpm2-wait", "journal.log.zst", FindingIds.SupplicantMissing)]
    [Arguments("c-stock-tpm2-wait", "serial.log.gz secure.log.gz", FindingIds.SupplicantMissing)]
    [Arguments("f-survivor-emptied-root", "journal.log.zst", FindingIds.StaleInitrdSupplicant)]
    [Arguments("f-survivor-emptied-root", "journal.log.zst secure.log.gz", FindingIds.StaleInitrdSupplicant)]
    [Arguments("f-survivor-emptied-root", "secure.log.gz", FindingIds.StorageInconsistent)]
    [Arguments("node-before-usable-stock", "journal.log.xz", FindingIds.TaDead)]
    [Arguments("node-before-usable-stock", "journal.log.xz secure.log.xz", FindingIds.SupplicantMissing)]
    [Arguments("announced-early-shipped", "journal.log.xz secure.log.xz", FindingIds.SupplicantMissing)]
    [Arguments("announced-early-shipped", "secure.log.xz", FindingIds.SupplicantMissing)]
    [Arguments("announced-to-supplicant-shipped", "normal.log.xz secure.log.xz", FindingIds.ShutdownOrder)]
    [Arguments("node-before-usable-ours", "journal.log.xz secure.log.xz", FindingIds.ImaBeforeTpm)]
    public async Task Whole_boots_recorded_on_a_board(string boot, string files, string expected)
    {
        IReadOnlyList<Finding> findings = TestData.Explain(
            [.. files.Split(' ').Select(file => TestData.Path($"board/{boot}/{file}"))]);

        await Assert.That(TestData.Top(findings)).IsEqualTo(expected);
    }

    [Test]
    public async Task The_first_boot_names_both_causes_and_folds_the_dead_TA_under_the_first()
    {
        IReadOnlyList<Finding> findings = TestData.Explain(
            TestData.Path("board/a-stock-first-boot/journal.log.xz"), TestData.Path("board/a-stock-first-boot/secure.log.gz"));
        string[] ids = [.. findings.Select(finding => finding.Id)];

        await Assert.That(ids).IsEquivalentTo(
            [FindingIds.SupplicantMissing, FindingIds.SwitchRootNotRequeued, FindingIds.ImaBeforeTpm]);
        await Assert.That(findings[0].Consequences.Any(effect => effect.Id == FindingIds.TaDead)).IsTrue();
        await Assert.That(findings[0].Phase).IsEqualTo(Model.Phase.SwitchRoot);
        await Assert.That(findings[0].Seconds!.Value).IsBetween(85, 95);
    }

    [Test]
    public async Task With_half_of_the_lines_missing_no_cause_is_wrong()
    {
        List<string> wrong = [];
        foreach (string[] row in TestData.Table("cases/index.tsv"))
        {
            string[] lines = await File.ReadAllLinesAsync(TestData.Path($"cases/{row[0]}.log"));
            Random random = new(row[0].Length);
            for (int round = 0; round < 40; round++)
            {
                string text = string.Join('\n', lines.Where(_ => random.Next(2) == 0));
                string top = TestData.Top([.. TestData.ExplainText(text).Where(finding => finding.Severity > Severity.Note)]);
                bool honest = top == row[1] || top is "-" or FindingIds.Unknown || Explanations.Explains(row[1], top) ||
                    Neighbours(row[0]).Contains(top);
                if (!honest)
                {
                    wrong.Add($"{row[0]}: {top}");
                }
            }
        }

        await Assert.That(string.Join('\n', wrong.Distinct(StringComparer.Ordinal))).IsEqualTo("");
    }

    /// <summary>What else the report of a case says itself.</summary>
    internal static string[] Neighbours(string name) => name.Split('-')[0] switch
    {
        // A panic with 0xffff000c is a missing supplicant wherever it happens; the shutdown may be among the missing lines.
        "01" => [FindingIds.SupplicantMissing],
        // The report shows two failures in one log.
        "36" => [FindingIds.RaceServiceVsDevice],
        _ => [],
    };
}
