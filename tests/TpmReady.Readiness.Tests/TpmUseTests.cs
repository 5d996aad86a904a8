// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Probing;
using TpmReady.Readiness.Waiting;

namespace TpmReady.Readiness.Tests;

/// <summary>Each row is a machine, and what somebody is told who wants to use its TPM.</summary>
public sealed class TpmUseTests
{
    private const string Tpm2 =
        "sys/class/tpmrm/tpmrm0/\nsys/class/tpm/tpm0/tpm_version_major = 2\\n\n"
        + "sys/class/tpm/tpm0/device -> ../../../devices/x\nsys/devices/x/driver -> ../tpm_tis\n";

    private const string SpiNode = "sys/firmware/devicetree/base/soc/spi@1/tpm@0/compatible = tcg,tpm_tis-spi\\0";
    private const string Root = "proc/1/comm = systemd\\n\nproc/1/fd/0 -> /dev/null\n";
    private const string Hidden = "proc/1/comm = systemd\\n\nproc/1/fd/\n";

    private static readonly ProbeOutcome Good = ProbeOutcome.FromAnswer(Convert.FromHexString(
        "80010000002300000000" + "0000000000001388" + "00000000000F4240" + "00000007" + "00000002" + "01"));

    public static IEnumerable<(string Machine, string More, Availability Availability)> Rows() =>
    [
        ("kernel", "", Availability.Absent),
        ("kernel", Tpm2, Availability.Usable),
        ("kernel", Tpm2 + Hidden, Availability.Usable),
        ("kernel", "sys/class/tpm/tpm0/tpm_version_major = 1\\n", Availability.Absent),
        ("kernel acpi-crb", "", Availability.MayCome),
        ("kernel-without-drivers acpi-crb", "", Availability.Absent),
        ("kernel", "run/systemd/container = lxc\\n", Availability.Absent),

        // The device tree alone: no firmware that systemd would believe, and a TPM that comes all the same.
        ("kernel", SpiNode, Availability.MayCome),
        ("kernel-without-drivers", SpiNode, Availability.Absent),

        // The firmware TPM.
        ("kernel optee ta-announced", "", Availability.MayCome),
        ("kernel optee ta-announced ta-bound", Root, Availability.MayCome),
        ("kernel optee ta-announced ta-bound supplicant-serving", Root, Availability.MayCome),
        ("kernel optee ta-announced-early ta-bound",
            "sys/class/tee/teepriv0/rpmb_routing_model = kernel\\n", Availability.Usable),
        ("kernel optee ta-announced-early",
            "sys/class/tee/teepriv0/rpmb_routing_model = kernel\\n", Availability.MayCome),
        ("kernel-without-drivers platform-ftpm", "", Availability.Absent),

        // Who may not see the processes of others cannot know whether a supplicant serves.
        ("kernel optee ta-announced ta-bound", Hidden, Availability.NotPermitted),
        ("kernel optee ta-announced ta-bound", "proc/self -> 77\nproc/77/comm = x\\n", Availability.NotPermitted),
        ("kernel-without-drivers platform-ftpm", Hidden, Availability.Absent),

        // What the boot was told not to wait for is looked at all the same.
        ("kernel optee ta-announced", "proc/cmdline = tpmready.wait=no\\n", Availability.MayCome),
        ("kernel", Tpm2 + "proc/cmdline = tpmready.wait=no\\n", Availability.Usable),
    ];

    [Test]
    [MethodDataSource(nameof(Rows))]
    public async Task A_machine_is_judged_for_users(string machine, string more, Availability expected)
    {
        MachineFacts facts = Read(machine, more);
        Decision decision = TpmUse.Decide(facts, null, isWanted: false);
        await Assert.That(TpmUse.Judge(facts, decision)).IsEqualTo(expected).Because(decision.Reason);
    }

    [Test]
    public async Task An_answer_is_what_makes_a_firmware_TPM_usable()
    {
        MachineFacts facts = Read("kernel optee ta-announced ta-bound supplicant-serving", Root);
        foreach ((ProbeOutcome outcome, Availability expected) in (IEnumerable<(ProbeOutcome, Availability)>)
        [
            (Good, Availability.Usable),
            (ProbeOutcome.Pending, Availability.MayCome),
            (ProbeOutcome.FromFailure(-53212, 0), Availability.Broken),
            (ProbeOutcome.FromFailure(-1, Errno.EPIPE), Availability.Broken),
            (ProbeOutcome.FromFailure(-1, Errno.EACCES), Availability.NotPermitted),
        ])
        {
            Decision decision = TpmUse.Decide(facts, outcome, isWanted: true);
            await Assert.That(TpmUse.Judge(facts, decision)).IsEqualTo(expected).Because(decision.Reason);
        }
    }

    [Test]
    public async Task Whoever_relies_on_a_TPM_expects_the_one_that_OP_TEE_may_announce()
    {
        MachineFacts facts = Read("kernel optee", Root);
        await Assert.That(TpmUse.Decide(facts, null, isWanted: false).Cause).IsEqualTo(Cause.NoTpm);
        await Assert.That(TpmUse.Decide(facts, null, isWanted: true).Cause).IsEqualTo(Cause.NoSupplicant);
        MachineFacts spi = Read("kernel optee", SpiNode);
        await Assert.That(TpmUse.Decide(spi, null, isWanted: true).Kind).IsEqualTo(TpmKind.InterfaceSpecification);
    }

    [Test]
    public async Task Waiting_for_use_ends_only_with_a_TPM()
    {
        ScriptedMachine machine = new(Read("kernel acpi-crb", ""), Read("kernel acpi-crb", ""), Read("kernel", Tpm2));
        Gate gate = new(machine, null) { Goal = WaitGoal.Use };
        await Assert.That(gate.Run()).IsEqualTo(GateExit.Ready);
        await Assert.That((machine.Pauses, machine.Asked)).IsEqualTo((2, 0));
        ScriptedMachine none = new(Read("kernel", ""));
        await Assert.That(new Gate(none, null) { Goal = WaitGoal.Use }.Run()).IsEqualTo(GateExit.CannotCome);
        await Assert.That(none.Pauses).IsEqualTo(0);
    }

    [Test]
    public async Task Waiting_without_the_right_to_look_ends_at_once_and_asks_nothing()
    {
        ScriptedMachine machine = new(Read("kernel optee ta-announced ta-bound", Hidden));
        Gate gate = new(machine, null) { Goal = WaitGoal.Use };
        await Assert.That(gate.Run()).IsEqualTo(GateExit.NotPermitted);
        await Assert.That((machine.Pauses, machine.Asked)).IsEqualTo((0, 0));
        await Assert.That(gate.Decision!.Reason).Contains("Only root can see");
    }

    [Test]
    public async Task Another_TPM_than_the_one_that_is_wanted_is_not_enough()
    {
        ScriptedMachine machine = new(Read("kernel", Tpm2)) { PauseLength = TimeSpan.FromSeconds(1) };
        Gate gate = new(machine, TimeSpan.FromSeconds(3)) { Goal = WaitGoal.Use, Number = 1 };
        await Assert.That(gate.Run()).IsEqualTo(GateExit.TimedOut);
        await Assert.That(gate.Decision!.Reason).IsEqualTo("tpmrm1 is not there yet.");
        ScriptedMachine firmware = new(Read("kernel optee ta-announced ta-bound supplicant-serving", Root));
        firmware.Outcomes.Enqueue(Good);
        Gate first = new(firmware, null) { Goal = WaitGoal.Use, Number = 0 };
        await Assert.That(first.Run()).IsEqualTo(GateExit.Ready);
        await Assert.That(firmware.Asked).IsEqualTo(1);
    }

    private static MachineFacts Read(string machine, string more)
    {
        using MachineTree tree = new(
            string.Join('\n', machine.Split(' ').Select(static name => "include " + name)) + "\n" + more);
        return tree.ReadFacts(FactScope.Holders | FactScope.WholeDeviceTree);
    }
}
