// SPDX-License-Identifier: MIT

using System;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Board.Guest;

namespace TpmReady.Board.Tests;

/// <summary>The TPM is ready in an initrd before anything relies on it, and again on the host. Its storage is an RPMB.</summary>
public sealed class InitrdTests : BoardTest
{
    [Test]
    public async Task With_dracut_the_TPM_answers_before_tpm2_target_in_the_initrd_and_on_the_host()
    {
        // Where the host goes on with the initrd's supplicant, neither goes away: SwitchRootTests.
        BoardOptions options = Packaged(InitrdKind.Dracut) with { KernelParameters = "tpmready.handover=no" };
        await using EmulatedBoard board = await StartAsync(options);
        await board.WaitForSystemAsync();
        Journal journal = new(await ReadJournalAsync(board));
        Say(journal.Excerpt());

        (int initrd, int host) = journal.Split("Switching root");
        await Assert.That(journal.IsInOrder(
            0, initrd, "Started tee-supplicant@teepriv0", "The TPM answers", "Reached target tpm2.target",
            "tpmready.handover=no says so", "Unbound: ", "Stopped tpmready-driver@teepriv0", "Stopped tee-supplicant@teepriv0")).IsTrue();
        await Assert.That(journal.IsInOrder(
            initrd, host, "Started tee-supplicant@teepriv0", "The TPM answers", "Reached target tpm2.target")).IsTrue();
        await ExpectSoundAsync(board, journal);
        await board.PowerOffAsync();
        await Assert.That(board.SecureLog).DoesNotContain("panicked");
    }

    [Test]
    public async Task With_initramfs_tools_scripts_bring_the_TPM_up_and_take_it_down_before_the_host()
    {
        await using EmulatedBoard board = await StartAsync(Packaged(InitrdKind.InitramfsTools));
        await board.WaitForSystemAsync();
        Journal journal = new(await ReadJournalAsync(board));
        Say(journal.Excerpt());

        // The kernel's log has what the scripts' programs said; systemd begins on the host.
        (int systemd, int host) = journal.Split("running in system mode");
        await Assert.That(journal.IsInOrder(
            0, systemd, "Ready: requests of the secure world are served", "The TPM answers", "Unbound: ", "Ended after"))
            .IsTrue();
        await Assert.That(journal.IsInOrder(
            systemd, host, "Started tee-supplicant@teepriv0", "The TPM answers", "Reached target tpm2.target")).IsTrue();
        await ExpectSoundAsync(board, journal);
        await board.PowerOffAsync();
        await Assert.That(board.SecureLog).DoesNotContain("panicked");
    }

    /// <summary>The TPM works on the host under its own number, nothing has panicked, and nothing has timed out.</summary>
    private static async Task ExpectSoundAsync(EmulatedBoard board, Journal journal)
    {
        ScriptResult clock = await board.TryRunAsync("ls /dev/tpm* && tpm2_readclock");
        await Assert.That(clock.Succeeded).IsTrue().Because(clock.Output);
        await Assert.That(clock.Output).Contains("/dev/tpmrm0");
        await Assert.That(board.SecureLog).DoesNotContain("panicked");
        await Assert.That(journal.Lines.Where(static line =>
            line.Contains("timed out", StringComparison.Ordinal) || line.Contains("Timed out", StringComparison.Ordinal)
            || line.Contains("ordering cycle", StringComparison.Ordinal))).IsEmpty();
        await Assert.That(await board.RunAsync("systemctl list-units --failed --plain --no-legend")).IsEmpty();
    }
}
