// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using CsCheck;
using TpmReady.Supplicant.Logging;

namespace TpmReady.Supplicant.Tests.Logging;

/// <summary>How often a message may repeat. What lines look like is tested on the whole program.</summary>
public sealed class LogTests
{
    [Test]
    public async Task A_repeated_message_is_counted_and_not_written()
    {
        LogRateLimit limit = new();
        for (int i = 0; i < LogRateLimit.Burst; i++)
        {
            await Assert.That(limit.Allows(1, i, out _)).IsTrue();
        }

        await Assert.That(limit.Allows(1, 100, out _)).IsFalse();
        await Assert.That(limit.Allows(1, 101, out _)).IsFalse();
        await Assert.That(limit.Allows(2, 102, out int ofOther)).IsTrue();
        await Assert.That(ofOther).IsEqualTo(0);
        await Assert.That(limit.Allows(1, LogRateLimit.WindowMilliseconds, out int suppressed)).IsTrue();
        await Assert.That(suppressed).IsEqualTo(2);
    }

    [Test]
    public void Every_message_of_a_kind_is_written_or_counted() =>
        Gen.Int[0, 500].Array[1, 300].Sample(steps =>
        {
            LogRateLimit limit = new();
            long now = 0;
            int accounted = 0;
            foreach (int step in steps)
            {
                now += step;
                accounted += limit.Allows(7, now, out int suppressed) ? 1 + suppressed : 0;
            }

            accounted += limit.Allows(7, now + LogRateLimit.WindowMilliseconds, out int rest) ? rest : 0;
            return accounted == steps.Length;
        });

    [Test]
    public void No_window_has_more_than_its_burst() =>
        Gen.Select(Gen.Int[0, 40], Gen.Int[0, 3000]).Array[1, 300].Sample(steps =>
        {
            LogRateLimit limit = new();
            List<(int Hash, long Time)> written = [];
            long now = 0;
            foreach ((int hash, int step) in steps)
            {
                now += step;
                if (limit.Allows(hash, now, out _))
                {
                    written.Add((hash, now));
                }
            }

            // A window can end right before the next begins.
            return written.All(entry => 2 * LogRateLimit.Burst >= written.Count(other =>
                other.Hash == entry.Hash
                && other.Time >= entry.Time
                && other.Time - entry.Time < LogRateLimit.WindowMilliseconds));
        });

    [Test]
    public async Task Messages_below_the_threshold_are_not_enabled()
    {
        LogWriter log = new("test", LogLevel.Notice, LogTarget.StandardError, journalStream: null);
        await Assert.That(log.IsEnabled(LogLevel.Critical)).IsTrue();
        await Assert.That(log.IsEnabled(LogLevel.Notice)).IsTrue();
        await Assert.That(log.IsEnabled(LogLevel.Info)).IsFalse();
    }
}
