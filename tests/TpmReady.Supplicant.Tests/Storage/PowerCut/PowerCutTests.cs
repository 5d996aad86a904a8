// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Tasks;
using TpmReady.Supplicant.Storage;

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <summary>
/// After a power cut there is the state before or after the operation that was going on, and always that after the last
/// one that was answered. TPMREADY_POWER_CUT_SECONDS, if it is set, is for how long each kind of long sequence is
/// tried; then more torn states of the small ones are tried, too.
/// </summary>
public sealed class PowerCutTests
{
    private const int SmallLimit = 1 << 16;
    private const int LargeLimit = 24;
    private const int LongLength = 12;

    private static readonly StoreOperation[] Small =
    [
        new(StoreOperationKind.Create, "a", 700, Seed: 1),
        new(StoreOperationKind.Create, "a", 5000, Seed: 2),
        new(StoreOperationKind.Create, "b", 100, Seed: 3),
        new(StoreOperationKind.Write, "a", 300, 200, Seed: 4),
        new(StoreOperationKind.Truncate, "a", 90),
        new(StoreOperationKind.Remove, "a"),
        new(StoreOperationKind.Rename, "a", Target: "b"),
    ];

    private static readonly int? Seconds =
        int.TryParse(
            Environment.GetEnvironmentVariable("TPMREADY_POWER_CUT_SECONDS"),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out int seconds)
        ? seconds
        : null;

    private static TimeSpan LongRun => TimeSpan.FromSeconds(Seconds ?? 3);

    private static int SmallTornLimit => Seconds is null ? 1000 : 10_000;

    [Test]
    [Arguments(nameof(FileSyncMode.Strict))]
    [Arguments(nameof(FileSyncMode.Commit))]
    public async Task Every_pair_of_operations_survives_every_power_cut(string mode)
    {
        PowerCutCounts counts = new();
        foreach (StoreOperation first in Small)
        {
            foreach (StoreOperation second in Small)
            {
                using PowerCutSimulator simulator = new(
                    Enum.Parse<FileSyncMode>(mode), seed: 1, SmallLimit, SmallTornLimit);
                simulator.Run(Small[0]);
                RunIfPossible(simulator, first);
                RunIfPossible(simulator, second);
                counts.Add(simulator.Counts);
            }
        }

        Say($"small sequences, {mode}: {counts}");
        await Assert.That(counts.SampledPages).IsEqualTo(0);
    }

    /// <summary>
    /// OP-TEE shortens the file before it commits that it is shorter: done at once, a power cut between the two would
    /// leave an object without its end, which OP-TEE then takes for corrupt and removes.
    /// </summary>
    [Test]
    [Arguments(nameof(FileSyncMode.Strict))]
    [Arguments(nameof(FileSyncMode.Commit))]
    public void A_truncated_object_is_whole_until_it_is_shorter(string mode)
    {
        using PowerCutSimulator simulator = new(Enum.Parse<FileSyncMode>(mode), seed: 1, limit: 2000, tornLimit: 2000);
        simulator.Run(new StoreOperation(StoreOperationKind.Create, "a", 12000, Seed: 1));
        simulator.Run(new StoreOperation(StoreOperationKind.Truncate, "a", 90));
        simulator.Run(new StoreOperation(StoreOperationKind.Write, "a", 9000, 90, Seed: 2));
        simulator.Run(new StoreOperation(StoreOperationKind.Truncate, "a", 4096));
        Say($"truncation, {mode}: {simulator.Counts}");
    }

    [Test]
    [Arguments(nameof(FileSyncMode.Strict), false)]
    [Arguments(nameof(FileSyncMode.Strict), true)]
    [Arguments(nameof(FileSyncMode.Commit), false)]
    [Arguments(nameof(FileSyncMode.Commit), true)]
    public void Long_sequences_survive_power_cuts(string mode, bool isAnchored)
    {
        PowerCutCounts counts = new();
        long start = Stopwatch.GetTimestamp();
        int seed = 0;
        while (Stopwatch.GetElapsedTime(start) < LongRun)
        {
            RunLong(Enum.Parse<FileSyncMode>(mode), ++seed, isAnchored, counts);
        }

        Say($"long sequences, {mode}{(isAnchored ? ", RPMB" : "")}: {counts}; seeds 1 to {seed}");
    }

    [Test]
    [Arguments(nameof(FlushDefect.NoFlush))]
    [Arguments(nameof(FlushDefect.AfterAnswer))]
    [Arguments(nameof(FlushDefect.HeadBeforeNodes))]
    public async Task Wrong_flushing_is_found(string defect)
    {
        using PowerCutSimulator simulator = new(
            FileSyncMode.Commit, seed: 1, SmallLimit, SmallTornLimit, defect: Enum.Parse<FlushDefect>(defect));

        await Assert.That(() =>
        {
            simulator.Run(Small[0]);
            simulator.Run(Small[1]);
            simulator.Run(Small[3]);
        }).Throws<PowerCutException>();
        Say($"{defect}: found after {simulator.Counts}");
    }

    private static void RunLong(FileSyncMode mode, int seed, bool isAnchored, PowerCutCounts counts)
    {
        Random random = new(seed);
        using PowerCutSimulator simulator = new(mode, seed, LargeLimit, LargeLimit, isAnchored);
        while (simulator.Counts.Operations < LongLength)
        {
            RunIfPossible(simulator, RandomOperation(random, simulator.Objects));
            if (random.Next(16) == 0)
            {
                simulator.Reboot();
            }
        }

        counts.Add(simulator.Counts);
    }

    private static StoreOperation RandomOperation(Random random, SortedDictionary<string, byte[]> objects)
    {
        string id = "abcd"[random.Next(4)].ToString();
        string target = "abcd"[random.Next(4)].ToString();
        int length = objects.GetValueOrDefault(id, []).Length;
        return random.Next(5) switch
        {
            0 => new StoreOperation(StoreOperationKind.Create, id, random.Next(30000), Seed: random.Next()),
            1 => new StoreOperation(
                StoreOperationKind.Write, id, random.Next(1, 9000), random.Next(length + 1), random.Next()),

            // Nodes below others are left alone: OP-TEE does not hash their parents anew (tee_fs_htree_truncate).
            2 when length <= 3 * HashTree.BlockSize =>
                new StoreOperation(StoreOperationKind.Truncate, id, random.Next(length + 1)),
            3 => new StoreOperation(StoreOperationKind.Remove, id),
            _ => new StoreOperation(StoreOperationKind.Rename, id, Target: target),
        };
    }

    private static void RunIfPossible(PowerCutSimulator simulator, StoreOperation operation)
    {
        if (operation.IsPossible(simulator.Objects))
        {
            simulator.Run(operation);
        }
    }

    private static void Say(string text) => Console.WriteLine(text);
}
