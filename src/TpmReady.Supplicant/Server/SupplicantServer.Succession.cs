// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Handover;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.SharedMemory;

namespace TpmReady.Supplicant.Server;

/// <content>How a server goes on where a dead one stopped.</content>
public sealed partial class SupplicantServer
{
    /// <summary>
    /// Finds out what an earlier process left, concludes what was answered, and begins to serve what was not. Call it
    /// before <see cref="Start"/>, if the arena is an adopted one.
    /// </summary>
    /// <param name="memory">The adopted table of shared memory.</param>
    /// <param name="level">How much it matters what was found.</param>
    /// <returns>0, or what the kernel said when lost buffers of the pool were registered anew.</returns>
    public int Succeed(SharedMemoryTable memory, LogLevel level = LogLevel.Notice)
    {
        InstallWakeSignal();
        IReadOnlyList<LeftRequest> requests = new SlotRecovery(_channel, _arena, _log).Run();
        List<LeftRequest> owed = [];
        foreach (LeftRequest left in requests)
        {
            if (left.Fate == LeftFate.Owed)
            {
                owed.Add(left);
            }
            else
            {
                _dispatcher.Conclude(left);
            }
        }

        int error = memory.FinishAdoption();
        _log.Write(
            level,
            $"Went on where an earlier process stopped: {owed.Count} requests are served anew, "
            + $"{owed.Count(static each => each.WasBegun)} of them end with an unknown outcome; "
            + $"{requests.Count - owed.Count} had been answered. {memory.LiveCount} buffers are in use.");

        // All places are taken before the first thread starts: threads start others, in places that are free.
        foreach ((LeftRequest left, Worker worker) in owed.ConvertAll(left => (left, TakePlace(left.Slot))))
        {
            Repeat(left, worker);
        }

        return error;
    }

    /// <summary>A request that was received into a spare slot has no place among the workers.</summary>
    private Worker TakePlace(RpcSlot slot)
    {
        Worker worker = slot.Number < _workers.Length ? _workers[slot.Number] : new Worker(slot);
        return worker.TryTake() ? worker : throw new InvalidOperationException($"Slot {slot.Number} is in use.");
    }

    /// <summary>Each on a thread of its own, for one may wait for another.</summary>
    private void Repeat(LeftRequest left, Worker worker)
    {
        Statistics.Begin();
        StartThread(worker, () =>
        {
            worker.Enter();
            _dispatcher.Repeat(left);
            if (left.Slot.Number < _workers.Length)
            {
                Receive(worker, ReturnToReceivers());
            }

            worker.Leave();
            EndThread();
        });
    }
}
