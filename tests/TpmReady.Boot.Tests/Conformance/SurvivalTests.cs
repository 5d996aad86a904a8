// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
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

    /// <summary>The rows, for both programs.</summary>
    public static IEnumerable<(string Row, Daemon Daemon)> Cases() =>
        from scenario in Scenarios
        from daemon in Enum.GetValues<Daemon>()
        select (scenario.Row, daemon);

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
        Console.WriteLine($"survival|{row}|{daemon}|{outcome}");
        await Assert.That(outcome).IsEqualTo(scenario.Expected(daemon)).Because(scenario.What);
    }
}
