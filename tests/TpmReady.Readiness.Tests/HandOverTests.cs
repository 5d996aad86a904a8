// SPDX-License-Identifier: MIT

using System.Threading.Tasks;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.SwitchRoot;

namespace TpmReady.Readiness.Tests;

/// <summary>Whether the TPM stays bound while the root is switched.</summary>
public sealed class HandOverTests
{
    private const string Initrd =
        """
        proc/cmdline = root=/dev/vda
        proc/1/fd/3 -> /dev/kmsg
        proc/1/fd/40 -> /dev/teepriv0
        proc/1/fd/41 -> /memfd:tpmready-arena (deleted)
        sys/kernel/security/ima/
        sys/module/tpm_ftpm_tee/initstate = live
        usr/lib/systemd/system/tee-supplicant@.service = [Service]\nFileDescriptorStoreMax=4096
        """;

    private const string Host =
        """
        usr/lib/aarch64-linux-gnu/systemd/libsystemd-shared-257.so = library
        usr/lib/systemd/system/tee-supplicant@.service = [Service]\nFileDescriptorStoreMax=4096
        """;

    [Test]
    public async Task It_stays_bound_where_the_host_goes_on() =>
        await Assert.That(Decide("", "").IsHandedOver).IsTrue();

    [Test]
    [Arguments("proc/cmdline = tpmready.handover=no", "", "tpmready.handover=no")]
    [Arguments("proc/1/fd/40 -", "", "keeps nothing")]
    [Arguments("proc/1/fd/41 -", "", "keeps nothing")]
    [Arguments("", "usr/lib/systemd/system/tee-supplicant@.service -", "no tee-supplicant@.service")]
    [Arguments("", "etc/systemd/system/tee-supplicant@.service -> /dev/null", "no tee-supplicant@.service")]
    [Arguments("", "etc/systemd/system/tee-supplicant@.service = [Service]\\nExecStart=/usr/sbin/tee-supplicant", "takes no descriptors")]
    [Arguments("", "usr/lib/systemd/system/tee-supplicant@.service = [Service]\\nFileDescriptorStoreMax=0", "takes no descriptors")]
    [Arguments("", "usr/lib/aarch64-linux-gnu/systemd/libsystemd-shared-257.so -", "cannot be found out")]
    [Arguments("", "usr/lib/aarch64-linux-gnu/systemd/libsystemd-shared-257.so -\nusr/lib64/systemd/libsystemd-shared-253.4-1.fc38.so = library", "systemd 253 cannot")]
    [Arguments("sys/module/tpm_ftpm_tee/initstate -", "", "IMA")]
    public async Task It_is_unbound_where_something_is_in_the_way(string initrd, string host, string reason)
    {
        HandOverDecision decision = Decide(initrd, host);
        await Assert.That(decision.IsHandedOver).IsFalse();
        await Assert.That(decision.Reason).Contains(reason);
    }

    [Test]
    public async Task The_administrator_may_know_that_the_kernel_measures_with_another_TPM() =>
        await Assert.That(
            Decide("sys/module/tpm_ftpm_tee/initstate -\nproc/cmdline = tpmready.handover=yes", "").IsHandedOver).IsTrue();

    [Test]
    public async Task A_unit_in_run_moves_to_the_host() =>
        await Assert.That(Decide(
            "run/systemd/system/tee-supplicant@.service = [Service]\\nFileDescriptorStoreMax=9",
            "usr/lib/systemd/system/tee-supplicant@.service -").IsHandedOver).IsTrue();

    private static HandOverDecision Decide(string initrd, string host)
    {
        using MachineTree first = new(Initrd);
        first.Add(initrd);
        using MachineTree second = new(Host);
        second.Add(host);
        using FactTree initrdTree = new(first.Root);
        using FactTree hostTree = new(second.Root);
        return HandOverDecision.About(HandOverFacts.Read(initrdTree, hostTree));
    }
}
