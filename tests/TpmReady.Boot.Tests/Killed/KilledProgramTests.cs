// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Boot.Tests.ScriptedKernel;
using TpmReady.Supplicant;

namespace TpmReady.Boot.Tests.Killed;

/// <summary>
/// The published executable is killed with SIGKILL at each point of a request's way, under load, and followed. What may
/// be repeated never fails. <c>bench/handover</c> does it more often, and writes docs/measured/handover.md from it.
/// </summary>
[NotInParallel]
public sealed class KilledProgramTests
{
    private static readonly DeathPoint[] Points = Enum.GetValues<DeathPoint>()[1..];

    // The C daemon gives nothing to a service manager.
    private static readonly DeathPoint[] CPoints = Points[..^1];

    // Both together take some seconds.
    private static readonly int Kills = Number("TPMREADY_TEST_NATIVE_KILLS", 10 * Points.Length);
    private static readonly int CKills = Number("TPMREADY_TEST_C_KILLS", CPoints.Length);

    [Test]
    public async Task Clients_do_not_notice_that_ours_is_killed()
    {
        KillingRun run = await RunAsync(Daemon.Ours, Kills);

        await Assert.That(run.Tally.Failures).IsEmpty().Because(run.Output);
        await Assert.That(run.Tally.SoftErrors).IsEmpty();
        await Assert.That(run.Tally.Lost).IsEmpty();
        await Assert.That(run.Violations).IsEmpty();
        await Assert.That(run.Recoveries.Count).IsGreaterThan(Kills / 2);

        // Each kind of client had its requests served, and nothing but these results came for what is not repeated.
        string[] served = [.. run.Tally.Outcomes.Where(static o => IsSuccess(o.Result)).Select(static o => o.Request)];
        await Assert.That(served).Contains("plug-in").And.Contains("socket: receive").And.Contains("RPMB: write");
        await Assert.That(run.Tally.Outcomes.Where(static o =>
            o.Request.StartsWith("RPMB: read", StringComparison.Ordinal) && !IsSuccess(o.Result))).IsEmpty();
    }

    /// <summary>
    /// The arena, the device, then the first and some of the pool: a part of it is kept, and no request was received.
    /// </summary>
    [Test]
    [Arguments(1)]
    [Arguments(2)]
    [Arguments(3)]
    [Arguments(4)]
    [Arguments(20)]
    public async Task One_that_dies_while_it_starts_is_followed_by_a_whole_one(int message)
    {
        if (PublishedProgram.Absence(Daemon.Ours) is string absence)
        {
            Skip.Test(absence);
        }

        using KeptWorld world = new(Daemon.Ours, DeathPoint.BeforeKeeping, message);
        world.WaitUntilServed();
        int first = world.Kernel.Generation;
        SharedBuffer buffer = world.Allocate(4096);
        int pool = world.Kernel.Memory.Length;
        world.Kernel.PlanDeath(DeathPoint.Random, 1);
        await Assert.That(world.WaitForGeneration(first + 1)).IsTrue();

        await Assert.That(first).IsEqualTo(2);
        await Assert.That(world.Free(buffer).Name).IsEqualTo("SUCCESS");
        await Assert.That(pool).IsEqualTo(PoolShape.Default.Count);
        await Assert.That(world.Kernel.Memory.Length).IsEqualTo(pool);
        await Assert.That(world.Kernel.Violations).IsEmpty();
        await Assert.That(world.Output).DoesNotContain("cannot be registered");
    }

    /// <summary>The same clients notice it with the C daemon: they can.</summary>
    [Test]
    public async Task Clients_notice_that_the_C_daemon_is_killed()
    {
        KillingRun run = await RunAsync(Daemon.C, CKills);

        await Assert.That(run.Deaths.Values.Sum(static each => each.Survived)).IsLessThan(CKills);
        await Assert.That(run.Tally.Failures).IsNotEmpty();
    }

    private static async Task<KillingRun> RunAsync(Daemon daemon, int kills)
    {
        if (PublishedProgram.Absence(daemon) is string absence)
        {
            Skip.Test(absence);
        }

        KillingRun run = new(daemon);
        DeathPoint[] points = daemon == Daemon.Ours ? Points : CPoints;
        await Task.Run(() => run.Run(points, (int)Math.Ceiling((double)kills / points.Length)));
        Report(daemon, run);
        return run;
    }

    /// <summary>One figure a line, for bench/handover.</summary>
    private static void Report(Daemon daemon, KillingRun run)
    {
        foreach ((DeathPoint point, (int kills, int survived)) in run.Deaths)
        {
            Say($"kills|{daemon}|{Describe(point)}|{kills}|{survived}");
        }

        Say($"sum|{daemon}|{run.Tally.Requests}|{run.Tally.Failures.Count}|{run.Tally.SoftErrors.Count}|"
            + $"{run.Tally.Lost.Count}|{run.Violations.Count}");
        foreach ((string request, string result, int count) in run.Tally.Outcomes)
        {
            Say($"outcome|{daemon}|{request}|{result}|{count}");
        }

        Say($"times|{daemon}|answer|{Spread(run.Recoveries)}");
        Say($"times|{daemon}|receive|{Spread(run.Starts)}");
        foreach (string line in run.Tally.Failures.Concat(run.Tally.Lost).Concat(run.Violations).Take(10))
        {
            Console.WriteLine($"{daemon}: {line}");
        }
    }

    private static string Describe(DeathPoint point) => point switch
    {
        DeathPoint.Random => "at a random moment",
        DeathPoint.AfterReceive => "in RECV, a request was delivered",
        DeathPoint.BeforeExecution => "before a request's first file operation",
        DeathPoint.AfterExecution => "after a request's file operation",
        DeathPoint.InSend => "in SEND, the answer not taken",
        DeathPoint.InSendDelivered => "in SEND, the answer taken",
        DeathPoint.AfterSend => "after SEND",
        DeathPoint.InRegistration => "in SHM_ALLOC, memory not registered",
        DeathPoint.InRegistrationDone => "in SHM_ALLOC, memory registered",
        DeathPoint.InPlugin => "in a plug-in",
        DeathPoint.BeforeKeeping => "in SHM_ALLOC, the new memory not in systemd's store",
        _ => $"{point}",
    };

    private static string Spread(IReadOnlyList<double> sorted) =>
        string.Join('|', ((double[])[0.5, 0.99, 1]).Select(share => sorted.Count == 0
            ? "–" : sorted[(int)Math.Ceiling(share * sorted.Count) - 1].ToString("0.0", CultureInfo.InvariantCulture)));

    private static bool IsSuccess(string result) => string.Equals(result, "SUCCESS", StringComparison.Ordinal);

    private static void Say(string line) => Console.WriteLine($"handover|{line}");

    private static int Number(string variable, int usual) => int.Parse(
        Environment.GetEnvironmentVariable(variable) ?? usual.ToString(CultureInfo.InvariantCulture),
        NumberStyles.None,
        CultureInfo.InvariantCulture);
}
