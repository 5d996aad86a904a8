// SPDX-License-Identifier: MIT

using System.Linq;
using System.Threading.Tasks;

namespace TpmReady.Initrd.Tests;

/// <summary>Our dracut module in the three layouts that dracut has had: 059, 106 and 112.</summary>
public sealed class DracutTests
{
    private const string Dracut = "dracut";

    [Test]
    [Arguments("bookworm")]
    [Arguments("trixie")]
    [Arguments("forky")]
    public async Task It_has_what_a_firmware_TPM_needs(string suite)
    {
        Initrd initrd = await Initrd.BuildAsync(suite, Dracut);
        await Assert.That(initrd.Status).IsEqualTo(0).Because(initrd.Log);
        await Assert.That(initrd.Complaints).IsEmpty();
        foreach (string path in Contents.Common.Concat(Contents.WithSystemd))
        {
            await Assert.That(initrd.Files).Contains(path);
        }

        await Assert.That(initrd.Files).DoesNotContain(Contents.OtherApplication);
        await Assert.That(initrd.Files.Any(static path => path.Contains("libtss2", System.StringComparison.Ordinal)))
            .IsFalse();
    }

    [Test]
    [Arguments("bookworm")]
    [Arguments("trixie")]
    [Arguments("forky")]
    public async Task Its_programs_run(string suite)
    {
        Initrd initrd = await Initrd.BuildAsync(suite, Dracut);
        await Contents.RunProgramsAsync(initrd, "/usr/lib/systemd/system-generators/tpmready-generator");
    }

    [Test]
    public async Task The_groups_of_the_devices_are_there()
    {
        Initrd initrd = await Initrd.BuildAsync("trixie", Dracut);
        await Assert.That(initrd.Read("/etc/group")).Contains("\ntee:").And.Contains("\nteepriv:");
    }

    [Test]
    [Arguments("bookworm")]
    [Arguments("trixie")]
    [Arguments("forky")]
    public async Task A_machine_without_OPTEE_gets_nothing(string suite)
    {
        Initrd initrd = await Initrd.BuildAsync(suite, Dracut, Contents.WithoutOptee);
        await Assert.That(initrd.Status).IsEqualTo(0).Because(initrd.Log);
        await Assert.That(initrd.OurFiles).IsEmpty();
        await Assert.That(initrd.Complaints).IsEmpty();
    }

    [Test]
    public async Task It_is_there_when_it_is_asked_for()
    {
        Initrd initrd = await Initrd.BuildAsync("trixie", Dracut, Contents.WithoutOptee + Contents.Say("INITRD=yes"));
        await Assert.That(initrd.Files).Contains("/usr/sbin/tee-supplicant");
    }

    [Test]
    public async Task It_is_not_there_when_it_is_not_wanted()
    {
        Initrd initrd = await Initrd.BuildAsync("trixie", Dracut, Contents.Say("INITRD=no"));
        await Assert.That(initrd.OurFiles).IsEmpty();
    }

    [Test]
    public async Task Where_files_would_be_lost_none_are_stored()
    {
        Initrd initrd = await Initrd.BuildAsync("trixie", Dracut);
        await Assert.That(initrd.Read("/etc/default/tee-supplicant"))
            .IsEqualTo("OPTARGS=\"--log-level=debug\"\nTEE_SUPPLICANT_NO_FS=yes\n");
    }

    [Test]
    public async Task The_supplicant_waits_for_the_RPMB()
    {
        Initrd initrd = await Initrd.BuildAsync("trixie", Dracut);
        const string units = "/usr/lib/systemd/system";
        await Assert.That(initrd.Read(units + "/tee-supplicant@.service.d/50-initrd.conf"))
            .IsEqualTo("[Unit]\nWants=dev-mmcblk0rpmb.device\nAfter=dev-mmcblk0rpmb.device\n");
        await Assert.That(initrd.Read(units + "/dev-mmcblk0rpmb.device.d/50-tpmready.conf"))
            .IsEqualTo("[Unit]\nJobRunningTimeoutSec=60s\n");
    }

    [Test]
    public async Task The_supplicant_is_handed_over_to_the_host()
    {
        Initrd initrd = await Initrd.BuildAsync("trixie", Dracut);
        const string units = "/usr/lib/systemd/system";
        await Assert.That(initrd.Read(units + "/tee-supplicant@.service.d/50-hand-over.conf"))
            .IsEqualTo("[Service]\nFileDescriptorStorePreserve=yes\n");
        await Assert.That(initrd.Read(units + "/initrd-cleanup.service.d/50-tpmready.conf"))
            .IsEqualTo("[Service]\nExecStartPre=-/usr/lib/tpmready/tpmready-driver hand-over\n");
    }

    [Test]
    [Arguments("bookworm")]
    [Arguments("trixie")]
    [Arguments("forky")]
    public async Task The_storages_file_system_is_mounted(string suite)
    {
        Initrd initrd = await Initrd.BuildAsync(suite, Dracut, Contents.StorageOnItsOwn);
        await Assert.That(initrd.Complaints).IsEmpty();
        await Assert.That(initrd.Files).Contains("/usr/lib/modules/6.12.0-test/kernel/fs/ext4/ext4.ko");
        await Assert.That(initrd.Read("/etc/fstab")).Contains(
            "PARTUUID=1234-01 /var/lib/tee ext4 noatime,x-systemd.before=initrd-switch-root.target 0 0");
        await Assert.That(initrd.Read("/etc/default/tee-supplicant")).DoesNotContain("NO_FS");
    }

    [Test]
    public async Task Storage_that_an_initrd_cannot_reach_keeps_the_supplicant_out_and_is_said()
    {
        Initrd initrd = await Initrd.BuildAsync("trixie", Dracut, "rm etc/tpmready/tpmready.conf");
        await Assert.That(initrd.Status).IsEqualTo(0);
        await Assert.That(initrd.OurFiles).IsEmpty();
        await Assert.That(initrd.Complaints.Single()).Contains("lies on the root file system").And.Contains("/etc/fstab");
    }

    [Test]
    [Arguments("bookworm")]
    [Arguments("trixie")]
    [Arguments("forky")]
    public async Task A_kernel_without_the_driver_is_named_and_the_build_goes_on(string suite)
    {
        Initrd initrd = await Initrd.BuildAsync(suite, Dracut, Contents.WithoutDriver);
        await Assert.That(initrd.Status).IsEqualTo(0).Because(initrd.Log);
        await Assert.That(initrd.Complaints.Single()).Contains(
            "the kernel 6.12.0-test has no module tpm_ftpm_tee: take a kernel with CONFIG_TCG_FTPM_TEE");
        await Assert.That(initrd.Files).Contains("/usr/sbin/tee-supplicant");
    }

    [Test]
    [Arguments("bookworm")]
    [Arguments("trixie")]
    [Arguments("forky")]
    public async Task A_build_that_must_be_complete_fails(string suite)
    {
        Initrd initrd = await Initrd.BuildAsync(suite, Dracut, Contents.WithoutDriver + Contents.Say("INITRD=required"));
        await Assert.That(initrd.Status).IsNotEqualTo(0).Because(initrd.Log);
        await Assert.That(initrd.Complaints.Single()).Contains("tpm_ftpm_tee");
    }

    [Test]
    public async Task A_module_that_dracut_leaves_out_is_named()
    {
        Initrd initrd = await Initrd.BuildAsync(
            "trixie", Dracut, "echo 'omit_drivers+=\" optee \"' >etc/dracut.conf.d/omit.conf");
        await Assert.That(initrd.Complaints.Single()).Contains("the initrd has no module optee, which 6.12.0-test has");
    }
}
