// SPDX-License-Identifier: MIT

using System.Threading.Tasks;
using TpmReady.Supplicant.Sockets;

namespace TpmReady.Supplicant.Tests.Sockets;

/// <summary>How much time is left.</summary>
public sealed class DeadlineTests
{
    [Test]
    public async Task Time_that_is_over_is_nothing_and_not_for_ever()
    {
        Deadline deadline = Deadline.After(1);
        await Task.Delay(20);
        await Assert.That(deadline.Remaining).IsEqualTo(0);
        await Assert.That(Deadline.After(0).Remaining).IsEqualTo(0);
    }

    [Test]
    public async Task Only_the_highest_number_is_for_ever()
    {
        await Assert.That(Deadline.After(uint.MaxValue).Remaining).IsEqualTo(-1);
        await Assert.That(Deadline.After(uint.MaxValue).Share(3).Remaining).IsEqualTo(-1);

        // 49 days are more than poll(2) takes at once.
        await Assert.That(Deadline.After(uint.MaxValue - 1).Remaining).IsEqualTo(int.MaxValue);
        await Assert.That(Deadline.After(uint.MaxValue - 1).IsNever).IsFalse();
    }

    [Test]
    public async Task A_share_is_a_part_of_what_is_left()
    {
        await Assert.That(Deadline.After(100_000).Share(4).Remaining).IsBetween(20_000, 25_000);
        await Assert.That(Deadline.After(100_000).Share(1).Remaining).IsBetween(90_000, 100_000);
    }
}
