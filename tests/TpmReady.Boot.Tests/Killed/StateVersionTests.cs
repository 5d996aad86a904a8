// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Killed;

/// <summary>
/// A program that does not know the version of the state that it finds refuses it, and leaves it as it is: one that
/// knows it goes on later.
/// </summary>
[NotInParallel]
public sealed class StateVersionTests
{
    private const uint Known = 1;
    private const uint Unknown = 2;

    [Test]
    public async Task Requests_wait_through_programs_of_another_version_for_one_that_knows_the_state()
    {
        if (PublishedProgram.Absence(Daemon.Ours) is string absence)
        {
            Skip.Test(absence);
        }

        using KeptWorld world = new(Daemon.Ours);
        using CancellationTokenSource end = new();
        Tally tally = new();
        world.WaitUntilServed();
        Task client = Task.Factory.StartNew(
            () => RepeatableClients.UseFiles(world, tally, "client", end.Token),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        for (int round = 0; round < 5; round++)
        {
            await Assert.That(GoesOn(world, tally)).IsTrue().Because(world.Output);

            // The next process is of another version than the state, and so are those after it.
            int generation = world.Kernel.Generation;
            world.Kernel.SetStateVersion(Unknown);
            world.Kernel.PlanDeath(DeathPoint.Random, 1);
            await Assert.That(world.WaitForGeneration(generation + 3)).IsTrue();
            world.Kernel.SetStateVersion(Known);
        }

        await Assert.That(GoesOn(world, tally)).IsTrue().Because(world.Output);
        await end.CancelAsync();
        await client;
        await Assert.That(world.Output).Contains(string.Create(
            CultureInfo.InvariantCulture, $"the arena has version {Unknown}; this program knows only {Known}"));
        await Assert.That(tally.Lost).IsEmpty();
        await Assert.That(world.Kernel.Violations).IsEmpty();
    }

    private static bool GoesOn(KeptWorld world, Tally tally)
    {
        int requests = tally.Requests;
        return world.Kernel.Wait(() => tally.Requests > requests + 20, static () => false, TimeSpan.FromSeconds(20));
    }
}
