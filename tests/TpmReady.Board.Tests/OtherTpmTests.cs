// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.Threading.Tasks;

namespace TpmReady.Board.Tests;

/// <summary>Machines without OP-TEE: waits that cannot succeed are ended, and nothing else is touched.</summary>
public sealed class OtherTpmTests : BoardTest
{
    // DefaultDeviceTimeoutSec=, systemd-system.conf(5).
    private const double DeviceTimeout = 90;

    private const string Times = """
        show() { systemctl show --property="$1" --value ${2:+"$2"}; }
        echo $(show UserspaceTimestampMonotonic) $(show ActiveEnterTimestampMonotonic sysinit.target)
        """;

    [Test]
    public async Task A_TPM_that_firmware_claims_and_no_driver_takes_stalls_the_boot_without_us_only()
    {
        const string parameters = "board.without-module=tpm_tis";
        Task<(double Seconds, string Journal)> stock = BootAsync(SupplicantKind.None, ChipKind.Tpm2, parameters);
        (double seconds, string journal) = await BootAsync(SupplicantKind.Units, ChipKind.Tpm2, parameters);
        double without = (await stock).Seconds;
        Say(string.Create(CultureInfo.InvariantCulture, $"sysinit.target after {without:0} s without us, {seconds:0} s with us"));

        await Assert.That(without).IsGreaterThan(DeviceTimeout);
        await Assert.That(seconds).IsLessThan(without - (DeviceTimeout / 2));
        await Assert.That(journal).Contains(
            "The firmware claims a TPM, and the kernel has no driver for it in this system (tpm_tis). Nothing waits for it.");
    }

    [Test]
    public async Task A_TPM_that_comes_late_is_waited_for()
    {
        const int late = 30;
        (double seconds, string journal) = await BootAsync(
            SupplicantKind.Units, ChipKind.Tpm2, string.Create(CultureInfo.InvariantCulture, $"board.slow-module=tpm_tis:{late}"));

        await Assert.That(seconds).IsGreaterThan(late);
        int found = journal.IndexOf("Found device dev-tpmrm0.device", StringComparison.Ordinal);
        int reached = journal.IndexOf("Reached target tpm2.target", StringComparison.Ordinal);
        await Assert.That(found).IsGreaterThan(0);
        await Assert.That(reached).IsGreaterThan(found);
        await Assert.That(journal).DoesNotContain("Nothing waits for it");
    }

    [Test]
    [Arguments(ChipKind.None, "")]
    [Arguments(ChipKind.Tpm12, "modules_load=tpm_tis")]
    public async Task Without_a_TPM_that_systemd_would_use_nothing_is_generated(ChipKind chip, string parameters)
    {
        // For the modalias of this TPM 1.2 in the device tree kmod names no module.
        (_, string journal) = await BootAsync(SupplicantKind.Units, chip, parameters);
        await Assert.That(journal).DoesNotContain("tpmready-gate");
        await Assert.That(journal).DoesNotContain("tee-supplicant");
        await Assert.That(journal).DoesNotContain("Timed out");
    }

    private static async Task<(double Seconds, string Journal)> BootAsync(
        SupplicantKind supplicant, ChipKind chip, string parameters)
    {
        await using EmulatedBoard board = await StartAsync(new BoardOptions
        {
            Firmware = FirmwareKind.Uefi,
            Chip = chip,
            Supplicant = supplicant,
            KernelParameters = parameters,
        });
        await board.WaitForSystemAsync();
        string journal = await ReadJournalAsync(board);
        string[] microseconds = (await board.RunAsync(Times)).Split(' ');
        await ExpectChipAsync(board, chip, parameters);
        return ((Parse(microseconds[1]) - Parse(microseconds[0])) / 1e6, journal);
    }

    /// <summary>The machine is the one that the test speaks of.</summary>
    private static async Task ExpectChipAsync(EmulatedBoard board, ChipKind chip, string parameters)
    {
        string version = await board.RunAsync("cat /sys/class/tpm/tpm0/tpm_version_major 2>/dev/null || echo none");
        string expected = chip switch
        {
            ChipKind.Tpm2 => parameters.StartsWith("board.without-module", StringComparison.Ordinal) ? "none" : "2",
            ChipKind.Tpm12 => "1",
            _ => "none",
        };
        await Assert.That(version.Trim()).IsEqualTo(expected);
    }

    private static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
