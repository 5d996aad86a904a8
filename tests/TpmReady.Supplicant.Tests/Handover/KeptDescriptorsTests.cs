// SPDX-License-Identifier: MIT

using System.Threading.Tasks;
using TpmReady.Supplicant.Handover;

namespace TpmReady.Supplicant.Tests.Handover;

/// <summary>What the service manager passes is sorted by name; half of it is worse than nothing.</summary>
public sealed class KeptDescriptorsTests
{
    [Test]
    public async Task Everything_is_found_whatever_the_order()
    {
        bool found = KeptDescriptors.TryRead(
            [("tee-shm-7", 3), ("tee-arena", 4), ("connection", 5), ("tee-device", 6), ("tee-shm-12", 7)],
            out KeptDescriptors? kept,
            out string? error);

        await Assert.That(found).IsTrue();
        await Assert.That(error).IsNull();
        await Assert.That(kept!.Device).IsEqualTo(6);
        await Assert.That(kept.Arena).IsEqualTo(4);
        await Assert.That(kept.Memory[7]).IsEqualTo(3);
        await Assert.That(kept.Memory[12]).IsEqualTo(7);
        await Assert.That(kept.Memory.Count).IsEqualTo(2);
    }

    [Test]
    [Arguments("tee-device", "not the arena")]
    [Arguments("tee-arena", "not the device")]
    [Arguments("tee-shm-1", "not the device")]
    public async Task A_part_is_refused_with_what_is_missing(string name, string missing)
    {
        bool found = KeptDescriptors.TryRead([(name, 3)], out KeptDescriptors? kept, out string? error);

        await Assert.That(found).IsFalse();
        await Assert.That(kept).IsNull();
        await Assert.That(error).Contains(missing);
    }

    [Test]
    public async Task Foreign_descriptors_are_a_first_start()
    {
        bool found = KeptDescriptors.TryRead([("connection", 3), ("tee-shm-x", 4)], out _, out string? error);

        await Assert.That(found).IsFalse();
        await Assert.That(error).IsNull();
    }
}
