// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Threading.Tasks;

namespace TpmReady.Initrd.Tests;

/// <summary>
/// Our finalize script for mkosi, called as mkosi calls it, on the tree that mkosi would pack. mkosi itself is not run:
/// it would install a whole system from packages.
/// </summary>
public sealed class MkosiTests
{
    private static readonly string Script =
        Path.Combine(Checkout.Root, "packaging", "initrd", "mkosi", "mkosi.finalize");

    [Test]
    public async Task A_complete_image_gets_its_settings()
    {
        string image = await CopyAsync();
        File.Delete(image + "/etc/default/tee-supplicant");
        await File.WriteAllTextAsync(
            image + "/etc/tpmready/tpmready.conf", "INITRD=required\nINITRD_STORAGE=rpmb\nINITRD_RPMB=/dev/mmcblk1rpmb\n");
        Outcome outcome = await FinalizeAsync(image);
        await Assert.That(outcome.Status).IsEqualTo(0).Because(outcome.Text);
        await Assert.That(outcome.Text).IsEmpty();
        await Assert.That(await File.ReadAllTextAsync(image + "/etc/default/tee-supplicant"))
            .IsEqualTo("\nTEE_SUPPLICANT_NO_FS=yes\n");
        await Assert.That(await File.ReadAllTextAsync(
                image + "/usr/lib/systemd/system/tee-supplicant@.service.d/50-initrd.conf"))
            .Contains("dev-mmcblk1rpmb.device");
    }

    [Test]
    [Arguments("/usr/sbin/tee-supplicant", "install tpmready-boot under that name")]
    [Arguments("/usr/lib/systemd/system/tpmready-gate@.service", "install it from tpmready's packaging/systemd")]
    [Arguments("/usr/lib/modules/6.12.0-test/kernel/drivers/mmc/core/mmc_block.ko", "mmc_block")]
    public async Task What_is_missing_is_named_and_fails_a_build_that_must_be_complete(string path, string message)
    {
        string image = await CopyAsync();
        File.Delete(image + path);
        string settings = image + "/etc/tpmready/tpmready.conf";
        await File.WriteAllTextAsync(settings, "INITRD_STORAGE=rpmb\n");
        Outcome lenient = await FinalizeAsync(image);
        await Assert.That(lenient.Status).IsEqualTo(0);
        await Assert.That(lenient.Text.TrimEnd().Split('\n').Length).IsEqualTo(1).Because(lenient.Text);
        await Assert.That(lenient.Text).StartsWith("tpmready: ").And.Contains(message);

        await File.AppendAllTextAsync(settings, "INITRD=required\n");
        await Assert.That((await FinalizeAsync(image)).Status).IsNotEqualTo(0);
    }

    private static async Task<string> CopyAsync()
    {
        Initrd initrd = await Initrd.BuildAsync("trixie", "dracut");
        string image = Path.Combine(Path.GetDirectoryName(initrd.Image)!, Path.GetRandomFileName());
        Outcome copy = await Outcome.OfAsync("cp", ["-a", initrd.Image, image]);
        await Assert.That(copy.Status).IsEqualTo(0).Because(copy.Text);

        // dracut leaves these behind at home; mkosi's tree has them from mkosi.extra.
        File.Copy(
            Path.Combine(Checkout.Root, "packaging", "initrd", "tpmready-initrd-files"),
            image + "/usr/lib/tpmready/tpmready-initrd-files");
        Directory.CreateDirectory(image + "/etc/tpmready");
        Directory.Delete(image + "/usr/lib/systemd/system/tee-supplicant@.service.d", recursive: true);
        return image;
    }

    private static Task<Outcome> FinalizeAsync(string image) =>
        Outcome.OfAsync("env", [$"BUILDROOT={image}", Script]);
}
