// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Threading.Tasks;

namespace TpmReady.Initrd.Tests;

/// <summary>What must be in an initrd, and changes of the machine that it is made on.</summary>
internal static class Contents
{
    /// <summary>A TA that is not the TPM's.</summary>
    public const string OtherApplication = "/usr/lib/optee_armtz/00000000-0000-0000-0000-000000000000.ta";

    /// <summary>A machine that has no OP-TEE.</summary>
    public const string WithoutOptee = "rm -r sys/class/tee;";

    /// <summary>A kernel as Debian's is.</summary>
    public const string WithoutDriver = "find . -xdev -name tpm_ftpm_tee.ko -delete;";

    /// <summary>A partition for the supplicant's files.</summary>
    public const string StorageOnItsOwn =
        "echo 'PARTUUID=1234-01 /var/lib/tee ext4 noauto,noatime,x-systemd.device-timeout=9 0 2' >>etc/fstab;";

    /// <summary>Every initrd that we are in.</summary>
    public static IReadOnlyList<string> Common { get; } =
    [
        "/usr/sbin/tee-supplicant",
        "/usr/lib/tpmready/tpmready-driver",
        "/usr/lib/tpmready/tpmready-gate",
        "/usr/lib/tpmready/tpmready-boot",
        "/usr/lib/modules/6.12.0-test/kernel/drivers/tee/tee.ko",
        "/usr/lib/modules/6.12.0-test/kernel/drivers/tee/optee/optee.ko",
        "/usr/lib/modules/6.12.0-test/kernel/drivers/char/tpm/tpm.ko",
        "/usr/lib/modules/6.12.0-test/kernel/drivers/char/tpm/tpm_ftpm_tee.ko",
        "/usr/lib/modules/6.12.0-test/kernel/drivers/mmc/core/mmc_block.ko",
        "/usr/lib/modules/6.12.0-test/kernel/drivers/mmc/host/sdhci.ko",
        "/usr/lib/optee_armtz/bc50d971-d4c9-42c4-82cb-343fb7f37896.ta",
        "/usr/lib/tee-supplicant/plugins/test.plugin",
        "/etc/default/tee-supplicant",
    ];

    /// <summary>Those with systemd.</summary>
    public static IReadOnlyList<string> WithSystemd { get; } =
    [
        "/usr/lib/systemd/system-generators/tpmready-generator",
        "/usr/lib/systemd/system/tee-supplicant@.service",
        "/usr/lib/systemd/system/tpmready-driver@.service",
        "/usr/lib/systemd/system/tpmready-gate@.service",
        "/usr/lib/systemd/system/tpmready-absent.target",
        "/usr/lib/udev/rules.d/60-tpmready.rules",
        "/usr/lib/sysusers.d/tpmready.conf",
        "/usr/lib/tmpfiles.d/tpmready.conf",
    ];

    /// <summary>A line of the settings.</summary>
    public static string Say(string line) => $"echo {line} >>etc/tpmready/tpmready.conf;";

    /// <summary>Runs our programs in the initrd: a library that is not there would show.</summary>
    public static async Task RunProgramsAsync(Initrd initrd, params string[] others)
    {
        await Assert.That((await initrd.RunAsync("/usr/sbin/tee-supplicant", "--version")).Status).IsEqualTo(0);
        foreach (string name in (string[])["tpmready-gate", "tpmready-driver"])
        {
            Outcome outcome = await initrd.RunAsync("/usr/lib/tpmready/" + name, "--help");
            await Assert.That(outcome.Text).Contains("Usage: " + name);
        }

        foreach (string path in others)
        {
            // Directories that are not there: it has nothing to write for a machine without /sys.
            Outcome outcome = await initrd.RunAsync(path, "/run/1", "/run/2", "/run/3");
            await Assert.That(outcome.Status).IsEqualTo(0).Because(outcome.Text);
        }

        // A plug-in's libraries come with it.
        await Assert.That(initrd.Files).Contains(static path =>
            path.EndsWith("/libm.so.6", System.StringComparison.Ordinal));
    }
}
