// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Killed;

/// <summary>
/// Kills a published supplicant again and again at chosen points, while clients use everything that it serves.
/// </summary>
internal sealed class KillingRun(Daemon daemon)
{
    // Kills are spread over the requests of a life, and a life is long enough for every kind of request.
    private const int MostTimes = 25;
    private readonly Random _random = new(20);

    public Tally Tally { get; } = new();

    public IReadOnlyCollection<string> Violations { get; private set; } = [];

    public IReadOnlyList<double> Recoveries { get; private set; } = [];

    public IReadOnlyList<double> Starts { get; private set; } = [];

    public string Output { get; private set; } = "";

    /// <summary>How often it was killed at each point, and how often nothing that may be repeated failed.</summary>
    public Dictionary<DeathPoint, (int Kills, int Survived)> Deaths { get; } = [];

    /// <summary>Kills.</summary>
    /// <param name="points">Where.</param>
    /// <param name="each">How often at each point.</param>
    public void Run(IReadOnlyList<DeathPoint> points, int each)
    {
        using KeptWorld world = new(daemon);
        using CancellationTokenSource end = new();
        Task[] clients = [.. new EveryClient(world, Tally).Start(end.Token)];
        try
        {
            // Nothing is kept of a first process before it says that it is ready.
            world.WaitUntilServed();
            foreach (DeathPoint point in points)
            {
                Deaths[point] = Kill(world, point, each);
            }
        }
        finally
        {
            // The last process serves until every client has ended its cycle.
            world.Kernel.PlanDeath(DeathPoint.None, 0);
            end.Cancel();
            Output = world.Output;
            Task.WaitAll(clients);
        }

        Violations = [.. world.Kernel.Violations];
        Recoveries = [.. world.Kernel.Recoveries.Order()];
        Starts = [.. world.Kernel.Starts.Order()];
    }

    private (int Kills, int Survived) Kill(KeptWorld world, DeathPoint point, int each)
    {
        int survived = 0;
        for (int i = 0; i < each; i++)
        {
            int failures = Tally.Failures.Count;
            int next = world.Kernel.Generation + 1;
            if (point == DeathPoint.Random)
            {
                Thread.Sleep(_random.Next(30));
            }

            world.Kernel.PlanDeath(point, _random.Next(1, MostTimes));
            if (!world.WaitForGeneration(next))
            {
                throw new TimeoutException($"{point}: no death, or nobody followed. {world.Output}");
            }

            // What a death breaks shows at the next requests.
            int requests = Tally.Requests;
            _ = world.Kernel.Wait(
                () => Tally.Requests > requests + 10 || Tally.Failures.Count > failures,
                static () => false,
                TimeSpan.FromSeconds(5));
            survived += Tally.Failures.Count == failures ? 1 : 0;
        }

        return (each, survived);
    }
}
