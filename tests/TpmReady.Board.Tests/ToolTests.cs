// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using TpmReady.Board.Guest;

namespace TpmReady.Board.Tests;

/// <summary>
/// tpmready status, wait and doctor beside a real kernel: what they tell is so, and looking never costs the TPM its
/// life.
/// </summary>
public sealed class ToolTests : BoardTest
{
    private const string Tool = "/opt/board/bin/tpmready";

    [Test]
    [Arguments(SupplicantKind.Ours, InitKind.Systemd)]
    [Arguments(SupplicantKind.C, InitKind.Plain)]
    public async Task A_served_TPM_is_found_usable_with_either_supplicant(SupplicantKind supplicant, InitKind init)
    {
        await using EmulatedBoard board = await StartToolAsync(supplicant, init);
        if (init == InitKind.Systemd)
        {
            await board.WaitForSystemAsync();
        }

        await LoadDriverAsync(board);

        ScriptResult wait = await board.TryRunAsync($"{Tool} wait --timeout 2min");
        ScriptResult status = await board.TryRunAsync($"{Tool} status");
        ScriptResult nobody = await board.TryRunAsync(
            $"setpriv --reuid 65534 --regid 65534 --clear-groups {Tool} wait --timeout 2min");
        ScriptResult doctor = await board.TryRunAsync($"{Tool} doctor");
        Say(wait.Output + status.Output + nobody.Output + doctor.Output);

        await Assert.That(wait.ExitCode).IsEqualTo(0).Because(wait.Output);
        await Assert.That(wait.Output).Contains("/dev/tpmrm0: The TPM answers;");
        await Assert.That(status.ExitCode).IsEqualTo(0);
        await Assert.That(status.Output).Contains("serves /dev/teepriv0");
        await Assert.That(status.Output).Contains("driver optee-ftpm");
        await Assert.That(status.Output).Contains("Answer: The TPM answers;");
        bool isManaged = status.Output.Contains("active (", StringComparison.Ordinal);
        await Assert.That(isManaged).IsEqualTo(init == InitKind.Systemd);
        await Assert.That(nobody.ExitCode).IsEqualTo(5);
        await Assert.That(nobody.Output).Contains("Only root can see");

        // The board has no units of ours; the rest of it is in order.
        await Assert.That(doctor.ExitCode).IsEqualTo(1);
        await Assert.That(doctor.Output).Contains("supplicant-unit-missing");
        await Assert.That(doctor.Output).DoesNotContain("driver-missing");
        await Assert.That(doctor.Output).DoesNotContain("tpm-not-ready");
        await Assert.That(board.SecureLog).DoesNotContain("panicked");
    }

    [Test]
    public async Task Without_a_supplicant_nothing_is_sent_and_the_TPM_comes_up_afterwards()
    {
        await using EmulatedBoard board = await StartToolAsync(SupplicantKind.None);

        // OP-TEE has announced no TPM yet: only who relies on one waits for it.
        ScriptResult status = await board.TryRunAsync($"{Tool} status");
        ScriptResult wait = await board.TryRunAsync($"{Tool} wait --timeout 3s");
        Say(status.Output + wait.Output);
        await Assert.That(status.ExitCode).IsEqualTo(4);
        await Assert.That(status.Output).Contains("OP-TEE may have a TPM");
        await Assert.That(wait.ExitCode).IsEqualTo(3);
        await Assert.That(wait.Output).Contains("not usable after 3");
        await Assert.That(wait.Output).Contains("needs a supplicant, and none is known to serve");

        // A waiter that was there first is told when the TPM has come.
        Script waiter = await board.StartScriptAsync($"{Tool} wait --timeout 5min --json");
        await board.StartScriptAsync("/opt/board/supplicant ours");
        await LoadDriverAsync(board);
        ScriptResult came = await waiter.Completion.WaitAsync(TimeSpan.FromMinutes(6));
        Say(came.Output);
        await Assert.That(came.ExitCode).IsEqualTo(0).Because(came.Output);
        await board.RunAsync("tpm2_readclock");
        await Assert.That(board.SecureLog).DoesNotContain("panicked");
    }

    /// <summary>
    /// The node exists, its supplicant was killed, and the TPM's clock is due to be stored: any command would panic the
    /// TA, as <see cref="DeadTpmTests"/> shows. Whether the TA survives is no measure here, because the kernel's hwrng
    /// thread is a client, too; so the system calls of all three commands are what counts, and the TA's own log.
    /// </summary>
    [Test]
    public async Task A_TPM_that_any_command_would_kill_is_not_opened_and_one_that_died_is_told_at_once()
    {
        await using EmulatedBoard board = await StartToolAsync(SupplicantKind.Ours);
        await LoadDriverAsync(board);
        await board.RunAsync($"tpm2_readclock && {Tool} wait --quiet");
        await board.RunAsync("pkill -KILL -x tee-supplicant; sleep 6");

        ScriptResult status = await board.TryRunAsync(Traced("status"));
        ScriptResult doctor = await board.TryRunAsync(Traced("doctor"));
        ScriptResult wait = await board.TryRunAsync(Traced("wait --timeout 5s"));
        ScriptResult opened = await board.TryRunAsync("grep -E 'dev/(tpm|tee)' /tmp/trace | grep -v O_PATH");
        string looked = await board.RunAsync("grep -c sys/class/tpm /tmp/trace");
        Say(status.Output + doctor.Output + wait.Output + opened.Output + looked);
        await Assert.That(status.ExitCode).IsEqualTo(3);
        await Assert.That(status.Output).Contains("Not asked: without a supplicant that serves");
        await Assert.That(doctor.Output).Contains("error: tpm-not-ready");
        await Assert.That(wait.ExitCode).IsEqualTo(3);
        await Assert.That(wait.Output).Contains("a command that stores would kill it");
        await Assert.That(opened.Output.Trim()).IsEmpty();
        await Assert.That(board.SecureLog).DoesNotContain("command 0x181");

        await board.RunAsync("tpm2_getcap properties-fixed || true");
        await board.StartScriptAsync("/opt/board/supplicant ours");
        await board.RunAsync(Wait.ForSuccess(
            $"{Tool} status | grep -q 'serves /dev/teepriv0'", "the supplicant does not serve"));
        ScriptResult dead = await board.TryRunAsync($"{Tool} wait --timeout infinity");
        Say(dead.Output);
        await Assert.That(dead.ExitCode).IsEqualTo(1);
        await Assert.That(dead.Output).Contains("has panicked");
    }

    /// <summary>Runs the tool, and adds what it and its children opened to a trace.</summary>
    private static string Traced(string arguments) =>
        $"strace -f -A -o /tmp/trace -e trace=open,openat,openat2 {Tool} {arguments}";

    private static Task<EmulatedBoard> StartToolAsync(SupplicantKind supplicant, InitKind init = InitKind.Plain)
    {
        string tool = Path.Combine(Repository.Root, "dist", "linux-arm64", "tpmready");
        return File.Exists(tool)
            ? StartAsync(new BoardOptions
            {
                Supplicant = supplicant,
                Init = init,
                ExtraFiles = new Dictionary<string, string>(StringComparer.Ordinal) { ["bin/tpmready"] = tool },
            })
            : throw new FileNotFoundException("Build it with ./publish linux-arm64.", tool);
    }
}
