// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Storage;

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <summary>
/// One error at each call that the supplicant makes, one after the other, with OP-TEE's reactions to it: it removes an
/// index that it cannot open, creates one that is not there, and removes what it could not finish.
/// </summary>
public sealed class StorageFaultTests
{
    private const int LongestRun = 2000;

    // After one error, and while an error lasts: then the operation that meets it, and all that OP-TEE does upon it.
    private static readonly bool[] Durations = [false, true];

    private static readonly StoreOperation[] Operations =
    [
        new(StoreOperationKind.Create, "a", 700, Seed: 1),
        new(StoreOperationKind.Create, "b", 9000, Seed: 2),
        new(StoreOperationKind.Write, "a", 300, 200, Seed: 3),
        new(StoreOperationKind.Create, "a", 5000, Seed: 4),
        new(StoreOperationKind.Truncate, "b", 90),
        new(StoreOperationKind.Rename, "a", Target: "b"),
        new(StoreOperationKind.Remove, "b"),
        new(StoreOperationKind.Create, "a", 10, Seed: 5),
    ];

    public static IEnumerable<Func<(string Call, int Error)>> Faults()
    {
        string[] calls = ["open", "create", "write", "truncate", "sync", "rename", "unlink", "status"];
        int[] errors =
            [Errno.EMFILE, Errno.EIO, Errno.ENOSPC, Errno.EROFS, Errno.ENOMEM, Errno.EDQUOT, Errno.EINTR];
        foreach (string call in calls)
        {
            foreach (int error in errors)
            {
                yield return () => (call, error);
            }
        }

        yield return static () => ("read", Errno.EIO);
    }

    [Test]
    [MethodDataSource(nameof(Faults))]
    public async Task An_error_at_any_call_loses_nothing_that_was_acknowledged(string call, int error)
    {
        PowerCutCounts counts = new();
        int runs = 0;
        int failed = 0;
        foreach (FileSyncMode mode in Enum.GetValues<FileSyncMode>())
        {
            foreach (bool lasts in Durations.Where(lasts => !lasts || error != Errno.EINTR))
            {
                // One later each time, until the run ends before the error comes.
                for (int number = 1; number < LongestRun; number++)
                {
                    using PowerCutSimulator simulator = new(mode, seed: number, limit: 3, tornLimit: 3)
                    {
                        CutsAtFlushes = false,
                    };
                    if (!Run(simulator, call, error, number, lasts, ref failed))
                    {
                        break;
                    }

                    runs++;
                    counts.Add(simulator.Counts);
                }
            }
        }

        Console.WriteLine(FormattableString.Invariant(
            $"{Errno.Name(error)} at {call}: {runs} runs, {failed} operations failed; {counts}"));
        await Assert.That(runs > 0 || call is "rename").IsTrue();
    }

    /// <summary>Runs all operations, one of whose calls fails.</summary>
    /// <returns>Whether that call was reached.</returns>
    private static bool Run(
        PowerCutSimulator simulator, string call, int error, int number, bool lasts, ref int failed)
    {
        int calls = 0;
        int indexes = 0;
        bool reached = false;
        foreach (StoreOperation operation in Operations.Where(operation => operation.IsPossible(simulator.Objects)))
        {
            bool over = reached;
            bool succeeded = simulator.TryRun(operation, name =>
            {
                bool fails = !over && string.Equals(name, call, StringComparison.Ordinal)
                    && (++calls == number || (lasts && reached));
                reached |= fails;
                return fails ? error : 0;
            });
            failed += succeeded ? 0 : 1;

            // Once something was acknowledged there is an index, and no other is ever made.
            int created = simulator.Trace.Count(static change => change is "create dirf.db");
            if (indexes > 0 && created > indexes)
            {
                throw new PowerCutException($"the index was created again: {string.Join('\n', simulator.Trace)}");
            }

            indexes = simulator.Objects.Count > 0 ? created : indexes;
        }

        return reached;
    }
}
