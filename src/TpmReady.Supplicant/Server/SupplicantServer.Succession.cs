// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
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
    /// <returns>0, or what the kernel said when lost buffers of the pool were registered anew.</returns>
    public int Succeed(SharedMemoryTable memory)
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
            LogLevel.Notice,
            $"Went on where an earlier process stopped: {owed.Count} requests are served anew, "
            + $"{owed.Count(static each => each.WasBegun)} of them end with an unknown outcome; "
            + $"{requests.Count - owed.Count} had been answered. {memory.LiveCount} buffers are in use.");
        foreach (LeftRequest left in owed)
        {
            Repeat(left);
        }

        return error;
    }

    /// <summary>
    /// Each on a thread of its own, for one may wait for another. A request that was received into a spare slot has no
    /// place among the workers; its thread ends with it.
    /// </summary>
    private void Repeat(LeftRequest left)
    {
        bool isSpare = left.Slot.Number >= _workers.Length;
        Worker worker = isSpare ? new Worker(left.Slot) : _workers[left.Slot.Number];
        _ = worker.TryTake();
        Statistics.Begin();
        StartThread(worker, () =>
        {
            worker.Enter();
            _dispatcher.Repeat(left);
            if (!isSpare)
            {
                Receive(worker, ReturnToReceivers());
            }

            Statistics.RemoveThread();
            worker.Leave();
        });
    }
}
