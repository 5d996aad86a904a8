// SPDX-License-Identifier: MIT

using System;
using System.Threading.Tasks;
using TpmReady.Board.Guest;

namespace TpmReady.Board.Tests;

/// <summary>
/// OP-TEE with its storage in RPMB only, by way of our supplicant: Debian's kernel has no RPMB subsystem, so nothing
/// goes past it. The emulated eMMC is a card behind the kernel's own drivers.
/// </summary>
public sealed class RpmbTests : BoardTest
{
    // QEMU's eMMC, whose CID the test of --rpmb-cid writes in capitals.
    private const string Cid = "AA015851454D55212101DEADBEEF2900";
    private const string EmulationFile = "/var/lib/optee-client/data/tee/rpmb-emulation";

    [Test]
    public async Task Objects_and_TPM_NV_in_an_emulated_RPMB_survive_a_reboot_and_a_power_cut()
    {
        using StateDirectory state = new();
        BoardOptions options = new()
        {
            Firmware = FirmwareKind.Rpmb,
            Init = InitKind.Plain,
            SupplicantArguments = "--rpmb-emu",
            StateDirectory = state.Path,
        };
        await using (EmulatedBoard first = await StartAsync(options))
        {
            await StoreAsync(first);
            string file = await first.RunAsync($"stat -c '%s %a' {EmulationFile}; dmesg | grep -c 'RPMB is EMULATED'");
            await Assert.That(file.Split()[..3]).IsEquivalentTo(["307200", "600", "1"]);
            await first.PowerOffAsync();
        }

        await using (EmulatedBoard second = await StartAsync(options))
        {
            await ExpectStoredAsync(second);
            await second.StartScriptAsync("/opt/board/bin/board-storage --storage rpmb churn 4 2000 100");
            await Task.Delay(TimeSpan.FromSeconds(4));
            await second.CutPowerAsync();
        }

        await using EmulatedBoard third = await StartAsync(options);
        await ExpectStoredAsync(third);
    }

    [Test]
    public async Task Objects_and_TPM_NV_in_an_eMMC_s_RPMB_survive_however_the_card_is_named()
    {
        using StateDirectory state = new();
        BoardOptions options = new()
        {
            Firmware = FirmwareKind.Rpmb,
            Emmc = true,
            Init = InitKind.Plain,
            StateDirectory = state.Path,
        };
        await using (EmulatedBoard first = await StartAsync(options))
        {
            // The card comes after the supplicant. Until then storage is not available, and not "not found".
            ScriptResult early = await first.TryRunAsync("/opt/board/bin/board-storage --storage rpmb read kept");
            await Assert.That(early.Output).Contains("0xf0100003");
            await first.RunAsync(Wait.ForCard);
            await StoreAsync(first);
            await first.PowerOffAsync();
        }

        foreach (string card in (string[])["--rpmb-auto", $"--rpmb-cid={Cid}"])
        {
            await using EmulatedBoard next = await StartAsync(options with { SupplicantArguments = card });
            await next.RunAsync(Wait.ForCard);
            await ExpectStoredAsync(next);
            string speed = await next.RunAsync(
                "time -p /opt/board/bin/board-storage --storage rpmb write timed 20000 1 2>&1");
            Say($"{card}: a write of 20000 bytes: {speed.Replace('\n', ' ')}");
            await next.PowerOffAsync();
        }
    }

    private static async Task StoreAsync(EmulatedBoard board)
    {
        await board.RunAsync("/opt/board/bin/board-storage --storage rpmb write kept 2000 7");
        await LoadDriverAsync(board);
        await board.RunAsync("tpm2_nvdefine -s 8 0x1500016 && echo -n 12345678 | tpm2_nvwrite -i - 0x1500016");
    }

    private static async Task ExpectStoredAsync(EmulatedBoard board)
    {
        string kept = await board.RunAsync("/opt/board/bin/board-storage --storage rpmb read kept");
        await Assert.That(kept.Trim()).IsEqualTo("kept 7 2000");
        await LoadDriverAsync(board);
        string nv = await board.RunAsync("tpm2_nvread -s 8 0x1500016");
        await Assert.That(nv).IsEqualTo("12345678");
        await Assert.That(board.SecureLog).Contains(", opened");
        await Assert.That(board.SecureLog).DoesNotContain("panicked");
    }
}
