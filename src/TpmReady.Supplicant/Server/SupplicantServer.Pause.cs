// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.Threading;

namespace TpmReady.Supplicant.Server;

/// <content>A pause: nobody receives, nothing is in hand, and the arena stands still, so that it can change hands.</content>
public sealed partial class SupplicantServer
{
    // A signal that comes just before RECV blocks is lost; the next one follows so soon.
    private static readonly TimeSpan PauseWakeInterval = TimeSpan.FromMilliseconds(1);

    /// <summary>
    /// When receivers were last asked to leave, in <see cref="Stopwatch"/> ticks, which mean the same in every process.
    /// </summary>
    public long PausedSince { get; private set; }

    /// <summary>When the first receiver was at the kernel's door, in the same ticks.</summary>
    public long ArmedSince { get; private set; }

    /// <summary>
    /// Stops taking requests and lets those in hand finish as they please. No request fails of it; the kernel queues
    /// those that come meanwhile.
    /// </summary>
    /// <param name="limit">How long that may last.</param>
    /// <returns>
    /// True if no thread is left and nothing is in hand. False if a request lasts; call <see cref="Resume"/> then.
    /// </returns>
    public bool TryPause(TimeSpan limit)
    {
        PausedSince = Stopwatch.GetTimestamp();
        lock (_changed)
        {
            _stopping = true;
            Monitor.PulseAll(_changed);
        }

        while (Statistics.Threads > 0 || Statistics.InFlight > 0)
        {
            if (Stopwatch.GetElapsedTime(PausedSince) >= limit)
            {
                return false;
            }

            _ = WakeReceivers();
            lock (_changed)
            {
                if (Statistics.Threads > 0)
                {
                    Monitor.Wait(_changed, PauseWakeInterval);
                }
            }
        }

        return true;
    }

    /// <summary>Takes requests again after a pause, or after one that did not come about.</summary>
    public void Resume()
    {
        _stopping = false;
        lock (_growing)
        {
            // If all places are taken, their threads serve requests and receive again by themselves.
            Worker? free = Array.Find(_workers, static worker => worker.TryTake());
            if (free is not null)
            {
                Interlocked.Increment(ref _receivers);
                StartWorker(free);
            }
        }
    }

    /// <summary>The thread is about to end; a pause may wait for that.</summary>
    private void EndThread()
    {
        Statistics.RemoveThread();
        if (_stopping)
        {
            lock (_changed)
            {
                Monitor.PulseAll(_changed);
            }
        }
    }
}
