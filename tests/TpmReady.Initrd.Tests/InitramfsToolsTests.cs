// SPDX-License-Identifier: MIT

using System;
using System.Linq;
using System.Threading.Tasks;

namespace TpmReady.Initrd.Tests;

/// <summary>Our hook and scripts with the mkinitramfs of three Debian releases: 0.142, 0.148 and newer.</summary>
public sealed class InitramfsToolsTests
{
    private const string Tools = "initramfs-tools";

    [Test]
    [Arguments("bookworm")]
    [Arguments("trixie")]
    [Arguments("forky")]
    public async Task It_has_what_a_firmware_TPM_needs(string suite)
    {
        Initrd initrd = await Initrd.BuildAsync(suite, Tools);
        await Assert.That(initrd.Status).IsEqualTo(0).Because(initrd.Log);
        await Assert.That(initrd.Complaints).IsEmpty();
        foreach (string path in Contents.Common)
        {
            await Assert.That(initrd.Files).Contains(path);
        }

        // There is no systemd that would read them.
        await Assert.That(initrd.Files.Intersect(Contents.WithSystemd, StringComparer.Ordinal)).IsEmpty();
        await Assert.That(initrd.Files).DoesNotContain(Contents.OtherApplication);
        await Contents.RunProgramsAsync(initrd);
    }

    [Test]
    [Arguments("bookworm")]
    [Arguments("trixie")]
    [Arguments("forky")]
    public async Task Its_scripts_are_called(string suite)
    {
        Initrd initrd = await Initrd.BuildAsync(suite, Tools);
        foreach (string folder in (string[])["/scripts/init-premount", "/scripts/init-bottom"])
        {
            await Assert.That(initrd.Read(folder + "/ORDER")).Contains(folder + "/tpmready");
        }
    }

    [Test]
    [Arguments("bookworm")]
    [Arguments("trixie")]
    [Arguments("forky")]
    public async Task A_machine_without_OPTEE_gets_nothing(string suite)
    {
        Initrd initrd = await Initrd.BuildAsync(suite, Tools, Contents.WithoutOptee);
        await Assert.That(initrd.Status).IsEqualTo(0).Because(initrd.Log);
        await Assert.That(initrd.OurFiles).IsEmpty();
        await Assert.That(initrd.Complaints).IsEmpty();
    }

    [Test]
    public async Task The_storages_file_system_is_mounted()
    {
        Initrd initrd = await Initrd.BuildAsync("trixie", Tools, Contents.StorageOnItsOwn);
        await Assert.That(initrd.Complaints).IsEmpty();
        await Assert.That(initrd.Read("/etc/tpmready/storage"))
            .IsEqualTo("PARTUUID=1234-01 /var/lib/tee ext4 noatime 0 0\n");
    }

    [Test]
    public async Task Who_asks_for_it_waits()
    {
        Initrd initrd = await Initrd.BuildAsync("trixie", Tools, Contents.Say("INITRD_WAIT=yes"));
        await Assert.That(initrd.Files).Contains("/etc/tpmready/wait");
        initrd = await Initrd.BuildAsync("trixie", Tools);
        await Assert.That(initrd.Files).DoesNotContain("/etc/tpmready/wait");
    }

    [Test]
    public async Task Storage_that_an_initrd_cannot_reach_keeps_the_supplicant_out_and_is_said()
    {
        Initrd initrd = await Initrd.BuildAsync("trixie", Tools, "rm etc/tpmready/tpmready.conf");
        await Assert.That(initrd.OurFiles.Where(static path => !path.StartsWith("/scripts/", StringComparison.Ordinal)))
            .IsEmpty();
        await Assert.That(initrd.Complaints.Single()).Contains("lies on the root file system").And.Contains("/etc/fstab");
    }

    [Test]
    [Arguments("bookworm")]
    [Arguments("trixie")]
    [Arguments("forky")]
    public async Task A_kernel_without_the_driver_is_named_and_the_build_goes_on(string suite)
    {
        Initrd initrd = await Initrd.BuildAsync(suite, Tools, Contents.WithoutDriver);
        await Assert.That(initrd.Status).IsEqualTo(0).Because(initrd.Log);
        await Assert.That(initrd.Complaints.Single()).Contains(
            "the kernel 6.12.0-test has no module tpm_ftpm_tee: take a kernel with CONFIG_TCG_FTPM_TEE");
    }

    [Test]
    [Arguments("bookworm")]
    [Arguments("trixie")]
    [Arguments("forky")]
    public async Task A_build_that_must_be_complete_fails(string suite)
    {
        Initrd initrd = await Initrd.BuildAsync(suite, Tools, Contents.WithoutDriver + Contents.Say("INITRD=required"));
        await Assert.That(initrd.Status).IsNotEqualTo(0).Because(initrd.Log);
        await Assert.That(initrd.Complaints.Single()).Contains("tpm_ftpm_tee");
    }
}
