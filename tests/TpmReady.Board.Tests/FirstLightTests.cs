// SPDX-License-Identifier: MIT

using System.Threading.Tasks;
using TpmReady.Board.Guest;

namespace TpmReady.Board.Tests;

/// <summary>The TPM comes up with a supplicant in every firmware variant, by both flavours of the kernel's driver.</summary>
public sealed class FirstLightTests : BoardTest
{
    [Test]
    [Arguments(FirmwareKind.Before, SupplicantKind.Ours)]
    [Arguments(FirmwareKind.After, SupplicantKind.Ours)]
    [Arguments(FirmwareKind.AfterSupplicantFlag, SupplicantKind.Ours)]
    [Arguments(FirmwareKind.ReeFs, SupplicantKind.Ours)]
    [Arguments(FirmwareKind.After, SupplicantKind.C)]
    public async Task The_TPM_answers_once_the_supplicant_serves(FirmwareKind firmware, SupplicantKind supplicant)
    {
        await using EmulatedBoard board = await StartAsync(
            new BoardOptions { Firmware = firmware, Supplicant = supplicant });
        await board.WaitForSystemAsync();
        await LoadDriverAsync(board);

        string driver = await board.RunAsync("basename $(readlink -f /sys/class/tpm/tpm0/device/driver)");
        string properties = await board.RunAsync("tpm2_getcap properties-fixed");
        string registers = await board.RunAsync("tpm2_pcrread sha256:0,1,2,3,4,5,6,7");

        // The tee bus carries early TAs; a TA in the file system can only come by a platform device.
        await Assert.That(driver.Trim()).IsEqualTo(firmware == FirmwareKind.ReeFs ? "ftpm-tee" : "optee-ftpm");
        await Assert.That(properties).Contains("TPM2_PT_FAMILY_INDICATOR");
        await Assert.That(registers).Contains("7 : 0x");
        await board.PowerOffAsync();
    }

    [Test]
    public async Task A_boot_to_multi_user_takes_less_than_40_seconds()
    {
        await using EmulatedBoard board = await StartAsync(new BoardOptions());
        await board.WaitForSystemAsync();
        string seconds = await board.RunAsync(
            "systemctl show -P ActiveEnterTimestampMonotonic multi-user.target");
        double reached = double.Parse(seconds.Trim(), System.Globalization.CultureInfo.InvariantCulture) / 1e6;
        ScriptResult failed = await board.TryRunAsync("systemctl --failed --no-legend");
        Say($"multi-user.target after {reached:0.0} s; failed units: {failed.Output.Trim()}");

        // Two boards share two processors here; alone a boot takes about half of this.
        await Assert.That(reached).IsLessThan(80);
        await Assert.That(failed.Output.Trim()).IsEmpty();
    }
}
