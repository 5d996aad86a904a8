// SPDX-License-Identifier: MIT

using System.Threading.Tasks;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.SwitchRoot;

namespace TpmReady.Readiness.Tests;

/// <summary>Where a supplicant in an initrd may store.</summary>
public sealed class InitrdStorageTests
{
    private const string Store = "/var/lib/tee";
    private const string Root = @"1 1 0:2 / / rw - rootfs rootfs rw\n";

    [Test]
    [Arguments(Root, "rootfs")]
    [Arguments(Root + @"30 1 0:25 / /var rw - tmpfs tmpfs rw\n", "tmpfs")]
    [Arguments(Root + @"30 1 0:25 / /var/lib rw - overlay o rw,lowerdir=/a\n", "overlay")]
    [Arguments(Root + @"30 1 0:25 / /var/lib rw - overlay o rw,upperdir=/run/up\n32 1 0:26 / /run rw - tmpfs tmpfs rw\n", "tmpfs")]
    public async Task It_may_not_where_files_vanish(string mounts, string type) =>
        await Assert.That(Obstacle(mounts, isInitrd: true)).Contains(type).And.Contains(Store);

    [Test]
    public async Task It_may_on_a_file_system_of_a_disk() =>
        await Assert.That(Obstacle(Root + @"30 1 254:2 / /var/lib/tee rw - ext4 /dev/vda2 rw\n", isInitrd: true)).IsNull();

    [Test]
    public async Task A_host_may_have_its_root_in_memory() =>
        await Assert.That(Obstacle(Root, isInitrd: false)).IsNull();

    private static string? Obstacle(string mounts, bool isInitrd)
    {
        using MachineTree machine = new("proc/self/mountinfo = " + mounts);
        using FactTree tree = new(machine.Root);
        return InitrdStorage.Obstacle(tree, new MachineContext(isInitrd, IsContainer: false), Store);
    }
}
