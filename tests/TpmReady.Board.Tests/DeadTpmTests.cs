// SPDX-License-Identifier: MIT

using System.Threading.Tasks;
using TpmReady.Board.Guest;

namespace TpmReady.Board.Tests;

/// <summary>The board's TPM dies as a real one does: the failure that all of this project exists for.</summary>
public sealed class DeadTpmTests : BoardTest
{
    // What the kernel makes of TEE_ERROR_TARGET_DEAD (0xffff3024) read as a signed number.
    private const string TargetDead = "-53212";

    [Test]
    [Arguments(FirmwareKind.Before)]
    [Arguments(FirmwareKind.After)]
    [Arguments(FirmwareKind.AfterSupplicantFlag)]
    [Arguments(FirmwareKind.ReeFs)]
    public async Task A_command_after_the_supplicant_was_killed_panics_the_TA(FirmwareKind firmware)
    {
        await using EmulatedBoard board = await StartAsync(new BoardOptions { Firmware = firmware, Init = InitKind.Plain });
        await LoadDriverAsync(board);
        await board.RunAsync("tpm2_readclock");

        // The TPM stores its clock every 4.096 s of use; the first command after that must write.
        await board.RunAsync("pkill -KILL -x tee-supplicant; sleep 6");
        ScriptResult command = await board.TryRunAsync("tpm2_getcap properties-fixed");
        string kernel = await board.RunAsync("dmesg | grep -i tpm");

        await Assert.That(command.ExitCode).IsNotEqualTo(0);
        await Assert.That(board.SecureLog).Contains("panicked");
        await Assert.That(kernel).Contains(TargetDead);

        // A supplicant that comes back does not bring the TPM back.
        await board.StartScriptAsync("/opt/board/supplicant ours");
        await board.RunAsync("sleep 3");
        await Assert.That((await board.TryRunAsync("tpm2_readclock")).ExitCode).IsNotEqualTo(0);
    }

    [Test]
    public async Task A_driver_that_probes_before_the_supplicant_fails_and_is_never_retried()
    {
        await using EmulatedBoard board = await StartAsync(
            new BoardOptions { Firmware = FirmwareKind.Before, Supplicant = SupplicantKind.None, Init = InitKind.Plain });
        await board.TryRunAsync("modprobe tpm_ftpm_tee; sleep 2");
        string before = await board.RunAsync("dmesg");
        await Assert.That(before).Contains("ftpm_tee_probe");
        await Assert.That((await board.TryRunAsync("[ -e /dev/tpm0 ]")).Succeeded).IsFalse();

        await board.StartScriptAsync("/opt/board/supplicant ours");
        await board.RunAsync("sleep 5");
        await Assert.That((await board.TryRunAsync("[ -e /dev/tpm0 ]")).Succeeded).IsFalse();
    }
}
