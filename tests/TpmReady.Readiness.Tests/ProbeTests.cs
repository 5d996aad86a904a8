// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Reflection;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Probing;
using TpmReady.Tpm;

namespace TpmReady.Readiness.Tests;

/// <summary>The one question, who may ask it, and what the answers mean.</summary>
public sealed class ProbeTests
{
    private static readonly byte[] Good =
        Convert.FromHexString(
            "80010000002300000000" + "0000000000001388" + "00000000000F4240" + "00000007" + "00000002" + "01");

    [Test]
    [Arguments("kernel optee ta-announced ta-bound supplicant-serving", true)]
    [Arguments("kernel optee ta-announced ta-bound", false)]
    [Arguments("kernel optee ta-announced ta-bound supplicant-stopped", false)]
    [Arguments("kernel optee ta-announced ta-bound supplicant-stored", false)]
    [Arguments("kernel optee ta-announced supplicant-serving", false)]
    public async Task Only_a_serving_supplicant_and_a_whole_chip_are_a_proof(string machine, bool may)
    {
        using MachineTree tree = new(string.Join('\n', machine.Split(' ').Select(static name => "include " + name)));
        await Assert.That(ServingProof.Establish(tree.ReadFacts()) is not null).IsEqualTo(may);
        await Assert.That(ServingProof.Establish(tree.ReadFacts(FactScope.Generator))).IsNull();
    }

    [Test]
    public async Task A_supplicant_whose_threads_do_not_receive_does_not_serve()
    {
        using MachineTree tree = MachineTree.Load("kernel",
            "include optee\ninclude ta-announced\ninclude ta-bound\ninclude supplicant-serving\n"
            + "proc/412/task/413/syscall = 202 0x3 0x80 0xffff8 0x0 0x0 0x0 0xffff 0xffff\\n");
        await Assert.That(ServingProof.Establish(tree.ReadFacts())).IsNull();
        tree.Add("proc/412/task/413/syscall = running\\n");
        await Assert.That(ServingProof.Establish(tree.ReadFacts())).IsNotNull();
    }

    [Test]
    public async Task Nobody_else_can_make_a_proof()
    {
        await Assert.That(typeof(ServingProof).GetConstructors(BindingFlags.Public | BindingFlags.Instance)).IsEmpty();
        await Assert.That(typeof(ServingProof).IsSealed).IsTrue();
    }

    /// <summary>
    /// No other code path talks to a TPM: its node is named, and the command is used, in one file each.
    /// </summary>
    [Test]
    public async Task One_class_opens_the_TPM()
    {
        string source = Path.Combine(RepositoryRoot(), "src");
        List<string> naming = [];
        foreach (string file in Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories))
        {
            string folder = Path.GetRelativePath(source, file).Split('/')[0];
            if (folder is "TpmReady.Diagnosis")
            {
                continue;
            }

            string text = await File.ReadAllTextAsync(file);
            if (text.Contains("NodePath", StringComparison.Ordinal)
                || text.Contains("\"/dev/tpmrm", StringComparison.Ordinal)
                || text.Contains("TpmReadClock.Command", StringComparison.Ordinal))
            {
                naming.Add(Path.GetFileName(file));
            }
        }

        naming.Sort(StringComparer.Ordinal);
        await Assert.That(string.Join(' ', naming)).IsEqualTo("ServingProof.cs TpmNode.cs");
    }

    [Test]
    public async Task A_good_answer_is_read()
    {
        ProbeOutcome outcome = ProbeOutcome.FromAnswer(Good);
        await Assert.That(outcome.Result).IsEqualTo(ProbeResult.Answered);
        await Assert.That(outcome.Clock).IsEqualTo(new TpmClock(5000, 1_000_000, 7, 2, IsSafe: true));
        await Assert.That(outcome.Describe()).IsEqualTo("the TPM answers; it has run 5.0 s since reset 7");
    }

    [Test]
    public async Task TEE_codes_leak_through_read_and_write_and_are_recognised()
    {
        // write(2) returned -53212 and left errno as it was.
        ProbeOutcome outcome = ProbeOutcome.FromFailure(-53212, Errno.EINTR);
        await Assert.That(outcome).IsEqualTo(new ProbeOutcome(ProbeResult.TeeError, 0xFFFF3024, default));
        await Assert.That(outcome.Describe()).Contains("TEE_ERROR_TARGET_DEAD");
        await Assert.That(ProbeOutcome.FromFailure(-65522, 0).Code).IsEqualTo(0xFFFF000Eu);
        await Assert.That(ProbeOutcome.FromFailure(-1, Errno.EPIPE))
            .IsEqualTo(new ProbeOutcome(ProbeResult.SystemError, Errno.EPIPE, default));
    }

    [Test]
    public async Task The_probe_decides()
    {
        using MachineTree tree = MachineTree.Load(
            "kernel", "include optee\ninclude ta-announced\ninclude ta-bound\ninclude supplicant-serving");
        foreach ((ProbeOutcome outcome, Verdict verdict, Cause cause) in (ReadOnlySpan<(ProbeOutcome, Verdict, Cause)>)
        [
            (ProbeOutcome.FromAnswer(Good), Verdict.Working, Cause.Answered),
            (ProbeOutcome.Pending, Verdict.WaitForSupplicant, Cause.AnswerPending),
            (ProbeOutcome.FromFailure(-53212, 0), Verdict.Dead, Cause.ApplicationPanicked),
            (ProbeOutcome.FromFailure(-1, Errno.EPIPE), Verdict.Dead, Cause.CommandFailed),
            (ProbeOutcome.FromFailure(-1, Errno.EACCES), Verdict.Dead, Cause.NotPermitted),
            (ProbeOutcome.FromAnswer([0x80, 0x01, 0, 0, 0, 10, 0, 0, 1, 1]), Verdict.Dead, Cause.CommandFailed),
            (ProbeOutcome.FromAnswer([1, 2, 3]), Verdict.Dead, Cause.CommandFailed),
        ])
        {
            Decision decision = tree.Decide(outcome);
            if (decision.Verdict != verdict || decision.Cause != cause || !decision.Reason.EndsWith('.'))
            {
                Assert.Fail($"{outcome}: {decision}");
            }
        }

        await Assert.That(tree.Decide(ProbeOutcome.FromFailure(-53212, 0)).Reason).Contains("panicked");
    }

    [Test]
    public async Task An_outcome_survives_the_pipe()
    {
        foreach (ProbeOutcome outcome in (ProbeOutcome[])
            [ProbeOutcome.FromAnswer(Good), ProbeOutcome.FromFailure(-53212, 0), ProbeOutcome.Pending])
        {
            await Assert.That(ProbeOutcome.TryParse(outcome.ToLine(), out ProbeOutcome read)).IsTrue();
            await Assert.That(read).IsEqualTo(outcome);
        }

        foreach (string line in (string[])["", "0", "9 0 0 0 0 0 0", "0 x 0 0 0 0 0", "0 0 0 0 0 0 0 0"])
        {
            await Assert.That(ProbeOutcome.TryParse(line, out _)).IsFalse();
        }
    }

    [Test]
    public async Task Ten_bytes_are_written_once_and_the_answer_is_waited_for()
    {
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        using Socket node = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await node.ConnectAsync(new UnixDomainSocketEndPoint(path));
        using Socket tpm = await listener.AcceptAsync();
        File.Delete(path);
        Task<ProbeOutcome> asking = Task.Run(() => TpmNode.Ask((int)node.Handle));
        byte[] command = new byte[64];
        int length = await tpm.ReceiveAsync(command);
        await Assert.That(Convert.ToHexString(command, 0, length)).IsEqualTo("80010000000A00000181");
        await Task.Delay(50);
        await Assert.That(asking.IsCompleted).IsFalse();
        await tpm.SendAsync(Good);
        await Assert.That((await asking).Result).IsEqualTo(ProbeResult.Answered);
        await Assert.That(tpm.Available).IsEqualTo(0);
    }

    // Not the compiler's path of this file: a deterministic build has none.
    private static string RepositoryRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "tpmready.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new DirectoryNotFoundException("The test runs outside the repository.");
    }
}
