// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace TpmReady.Board.Tests.Scenarios;

/// <summary>
/// Whole boots with the users of the TPM that systemd has. With our units each measures; without them some do not,
/// which shows that these tests can fail. <c>TPMREADY_TEST_SCENARIOS</c> has the names of scenarios, or all; without
/// it the seed of the project is tried. <c>./test</c> prints the rows as a table at its end.
/// </summary>
public sealed class ScenarioTests : BoardTest
{
    internal static readonly string? Wanted = Environment.GetEnvironmentVariable("TPMREADY_TEST_SCENARIOS");

    /// <summary>The boots of this run: a scenario's name, and who takes care of the TPM.</summary>
    public static IEnumerable<(string Scenario, ScenarioColumn Column)> Boots() =>
        from scenario in Scenario.All
        from column in Wanted is null ? scenario.Short : scenario.Columns
        where Wanted is null or "all" || Wanted.Split(',').Contains(scenario.Name)
        select (scenario.Name, column);

    [Test]
    [NotInParallel]
    [MethodDataSource(nameof(Boots))]
    public async Task Users_of_the_TPM_find_it_ready_with_our_units(string name, ScenarioColumn column)
    {
        Scenario scenario = Scenario.Named(name);
        await using EmulatedBoard board = await StartAsync(scenario.Board(column));
        ScenarioResult result = await ScenarioResult.OfAsync(scenario, column, board);
        Say(result.Row());
        Say(string.Join('\n', [.. result.ConsumerRows(), .. result.Record.FailedCommands, .. result.Record.TimeOuts]));

        if (column == ScenarioColumn.Ours)
        {
            await ExpectReadyAsync(result);
        }
        else if (string.Equals(name, "node-before-usable", StringComparison.Ordinal))
        {
            // The seed of it all: the node is there, so nobody waits, and the first command that stores kills the TPM.
            await Assert.That(result.Unsuccessful).IsNotEmpty();
            await Assert.That(result.PanicsInBoot).IsGreaterThan(0);
        }
    }

    /// <summary>The TPM was ready for each of its users; where nobody could have made it so, the boot says why.</summary>
    private static async Task ExpectReadyAsync(ScenarioResult result)
    {
        await Assert.That(result.Record.FailedCommands).IsEmpty();
        await Assert.That(result.Record.TimeOuts).IsEmpty();
        await Assert.That(result.PanicsInBoot).IsEqualTo(result.Scenario.PanicsBefore);
        await Assert.That(result.PanicsInShutdown).IsEqualTo(0);
        await Assert.That(result.Record.LastWord).IsNotNull();
        if (result.Scenario.CanWork)
        {
            await Assert.That(result.Unsuccessful).IsEmpty();
            await Assert.That(result.IsPcrAsLogged).IsTrue();
            await ExpectAnsweredFirstAsync(result);
        }
    }

    /// <summary>In each phase the TPM had answered before the first of its users began.</summary>
    private static async Task ExpectAnsweredFirstAsync(ScenarioResult result)
    {
        foreach (ConsumerRun run in result.Consumers)
        {
            double answered = result.Record.AnsweredAt(run.Name.IsInInitrd) ?? double.MaxValue;
            await Assert.That(run.BeganAt!.Value).IsGreaterThanOrEqualTo(answered).Because(run.Name.Unit);
        }
    }
}
