// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Conformance;

/// <summary>
/// How many system calls a request of each kind costs, besides those two that receive and answer it: ours no more than
/// request-costs.tsv says. <c>bench/requests</c> shows them beside the C daemon's.
/// </summary>
[NotInParallel]
public sealed class RequestCostTests
{
    private static readonly Dictionary<string, string[]> Bounds = File
        .ReadLines(Path.Combine(AppContext.BaseDirectory, "Conformance", "request-costs.tsv"))
        .Where(static line => !line.StartsWith('#'))
        .Select(static line => line.Split('\t'))
        .ToDictionary(static cells => cells[0], StringComparer.Ordinal);

    [Test]
    [Arguments(Daemon.Ours)]
    [Arguments(Daemon.C)]
    public async Task No_request_costs_more_system_calls_than_its_bound(Daemon daemon)
    {
        if ((PublishedProgram.Absence(daemon) ?? Strace(daemon)) is string absence)
        {
            Skip.Test(absence);
        }

        IReadOnlyDictionary<string, IReadOnlyList<string>> costs = await Task.Run(() => Measure(daemon));
        List<string> over = [];
        foreach ((string kind, IReadOnlyList<string> calls) in costs)
        {
            string names = string.Join(' ', calls);
            string[] bound = Bounds.GetValueOrDefault(kind, [kind, "0", "0", ""]);
            Console.WriteLine($"request|{kind}|{daemon}|{calls.Count}|{names}|{bound[1]}|{bound[3]}");
            if (daemon == Daemon.Ours && calls.Count > int.Parse(bound[2], CultureInfo.InvariantCulture))
            {
                over.Add($"{kind}: {calls.Count} ({names}), and not {bound[2]}");
            }
        }

        await Assert.That(over).IsEmpty().Because(string.Join('\n', over));
        await Assert.That(costs.Keys.Order(StringComparer.Ordinal)).IsEquivalentTo(Bounds.Keys.Order(StringComparer.Ordinal));
    }

    [Test]
    public async Task A_bound_above_its_goal_has_its_reason()
    {
        foreach (string[] cells in Bounds.Values)
        {
            bool isMissed = int.Parse(cells[2], CultureInfo.InvariantCulture) > int.Parse(cells[1], CultureInfo.InvariantCulture);
            await Assert.That(cells[3].Length > 10).IsEqualTo(isMissed).Because(cells[0]);
        }
    }

    private static string? Strace(Daemon daemon)
    {
        // QEMU's user emulation has its own.
        if (daemon == Daemon.C)
        {
            return null;
        }

        try
        {
            using Process trial = Process.Start("strace", ["-o", "/dev/null", "true"]);
            trial.WaitForExit();
            return trial.ExitCode == 0 ? null : "strace may not trace programs here";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "strace is not installed";
        }
    }

    // The median of all but the first, in which directories are made and threads are started.
    private static Dictionary<string, IReadOnlyList<string>> Measure(Daemon daemon)
    {
        string trace = Path.GetTempFileName();
        try
        {
            RequestKinds kinds;
            using (ScriptedWorld world = new(daemon, world => world.TracePath = trace))
            {
                kinds = new RequestKinds(world);
                kinds.Play();
            }

            WaitUntilWritten(trace, daemon);
            IReadOnlyList<IReadOnlyList<string>> requests = SystemCallTrace.Read(trace);
            return kinds.Made
                .GroupBy(static made => made.Kind, StringComparer.Ordinal)
                .ToDictionary(
                    static kind => kind.Key,
                    kind => kind.Skip(1).Select(made => requests[made.Request])
                        .OrderBy(static calls => calls.Count).ElementAt((RequestKinds.Times - 1) / 2),
                    StringComparer.Ordinal);
        }
        finally
        {
            File.Delete(trace);
        }
    }

    // strace writes its last line after the program is dead.
    private static void WaitUntilWritten(string trace, Daemon daemon)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (daemon == Daemon.Ours
            && !File.ReadAllText(trace).TrimEnd().EndsWith("+++", StringComparison.Ordinal)
            && waited.Elapsed < TimeSpan.FromSeconds(10))
        {
            Thread.Sleep(50);
        }
    }
}
