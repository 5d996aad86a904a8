// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Conformance;

/// <summary>
/// The survival matrix: the same script against Debian's C daemon, which fails, and against ours, which does not. Both
/// are the published executables. <c>bench/survival</c> writes docs/measured/survival.md from it.
/// </summary>
public sealed class SurvivalTests
{
    /// <summary>All that a scripted kernel can show.</summary>
    internal static IReadOnlyList<Scenario> Scenarios { get; } =
        [.. KilledScenarios.All, .. DataScenarios.All, .. OpenDoorScenarios.All];

    private static string[][] Elsewhere { get; } =
    [
        .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Conformance", "elsewhere.tsv"))
            .Where(static line => !line.StartsWith('#'))
            .Select(static line => line.Split('\t')),
    ];

    /// <summary>The rows, for both programs.</summary>
    public static IEnumerable<(string Row, Daemon Daemon)> Cases() =>
        from scenario in Scenarios
        from daemon in Enum.GetValues<Daemon>()
        select (scenario.Row, daemon);

    /// <summary>The table that the repository shows is the one that the tests hold.</summary>
    [Test]
    public async Task The_published_matrix_has_these_rows()
    {
        string[] published =
        [
            .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Conformance", "survival.md"))
                .Where(static line => line.StartsWith("| ", StringComparison.Ordinal)),
        ];
        string[] expected =
        [
            "| | what happens | C daemon | ours |",
            .. Scenarios.Select(static scenario =>
                $"| {scenario.Row} | {scenario.What} | {scenario.C} | {scenario.Ours} |"),
            "| | what happens | why not | test of ours |",
            .. Elsewhere.Select(static cells => $"| {cells[0]} | {cells[1]} | {cells[2]} | `{cells[3]}` |"),
        ];
        await Assert.That(string.Join('\n', published)).IsEqualTo(string.Join('\n', expected))
            .Because("bench/survival writes the table");
    }

    [Test]
    public async Task Rows_that_no_script_can_show_are_held_by_tests_that_exist()
    {
        string tests = Path.Combine(PublishedProgram.Repository, "tests");
        foreach (string[] cells in Elsewhere)
        {
            string[] test = cells[3].Split('.');
            string file = Directory.GetFiles(tests, $"{test[0]}.cs", SearchOption.AllDirectories).Single();
            await Assert.That(await File.ReadAllTextAsync(file)).Contains($" {test[1]}(").Because(cells[0]);
        }
    }

    [Test]
    [MethodDataSource(nameof(Cases))]
    public async Task The_outcome_is_what_the_matrix_says(string row, Daemon daemon)
    {
        if (PublishedProgram.Absence(daemon) is string absence)
        {
            Skip.Test(absence);
        }

        Scenario scenario = Scenarios.Single(scenario => string.Equals(scenario.Row, row, StringComparison.Ordinal));
        string outcome = await Task.Run(() => scenario.Play(daemon));
        Console.WriteLine($"survival|{row}|{daemon}|{scenario.What}|{outcome}");
        await Assert.That(outcome).IsEqualTo(scenario.Expected(daemon)).Because(scenario.What);
    }
}
