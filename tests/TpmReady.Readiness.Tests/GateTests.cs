// SPDX-License-Identifier: MIT

using System;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Probing;
using TpmReady.Readiness.Waiting;

namespace TpmReady.Readiness.Tests;

/// <summary>When the gate opens, when it gives up, and what it says meanwhile.</summary>
public sealed class GateTests
{
    private static readonly ProbeOutcome Good = ProbeOutcome.FromAnswer(Convert.FromHexString(
        "80010000002300000000" + "0000000000001388" + "00000000000F4240" + "00000007" + "00000002" + "01"));

    private static MachineFacts Facts(string machine)
    {
        using MachineTree tree = new(string.Join('\n', machine.Split(' ').Select(static name => "include " + name)));
        return tree.ReadFacts();
    }

    [Test]
    public async Task It_waits_for_the_supplicant_and_the_driver_and_asks_only_then()
    {
        ScriptedMachine machine = new(
            Facts("kernel optee ta-announced"),
            Facts("kernel optee ta-announced ta-bound"),
            Facts("kernel optee ta-announced ta-bound supplicant-stopped"),
            Facts("kernel optee ta-announced ta-bound supplicant-serving"));
        machine.Outcomes.Enqueue(ProbeOutcome.Pending);
        machine.Outcomes.Enqueue(ProbeOutcome.Pending);
        machine.Outcomes.Enqueue(Good);
        Gate gate = new(machine, null);
        await Assert.That(gate.Run()).IsEqualTo(GateExit.Ready);
        await Assert.That(machine.Asked).IsEqualTo(3);
        await Assert.That(machine.Pauses).IsEqualTo(5);
        await Assert.That(gate.Decision!.Reason).IsEqualTo("The TPM answers; it has run 5.0 s since reset 7.");
        await Assert.That(machine.Reports.Count).IsEqualTo(5);
    }

    [Test]
    public async Task A_TPM_that_needs_no_daemon_is_not_asked()
    {
        ScriptedMachine machine = new(Facts("kernel acpi-crb"));
        await Assert.That(new Gate(machine, null).Run()).IsEqualTo(GateExit.Ready);
        await Assert.That((machine.Asked, machine.Pauses)).IsEqualTo((0, 0));
    }

    [Test]
    public async Task It_gives_up_at_once_when_the_TPM_is_dead_or_cannot_come()
    {
        ScriptedMachine dead = new(Facts("kernel optee ta-announced ta-bound supplicant-serving"));
        dead.Outcomes.Enqueue(ProbeOutcome.FromFailure(-53212, 0));
        Gate gate = new(dead, null);
        await Assert.That(gate.Run()).IsEqualTo(GateExit.Dead);
        await Assert.That((dead.Pauses, gate.Decision!.Cause)).IsEqualTo((0, Cause.ApplicationPanicked));
        ScriptedMachine none = new(Facts("kernel-without-drivers platform-ftpm"));
        await Assert.That(new Gate(none, null).Run()).IsEqualTo(GateExit.CannotCome);
        await Assert.That(none.Pauses).IsEqualTo(0);
    }

    [Test]
    public async Task It_is_bounded_and_says_for_how_long_it_waits()
    {
        ScriptedMachine machine = new(Facts("kernel optee ta-announced"))
        {
            PauseLength = TimeSpan.FromMilliseconds(250),
        };
        await Assert.That(new Gate(machine, TimeSpan.FromSeconds(3)).Run()).IsEqualTo(GateExit.TimedOut);
        await Assert.That(machine.Elapsed).IsEqualTo(TimeSpan.FromSeconds(3));
        await Assert.That(string.Join('|', machine.Reports)).IsEqualTo(
            "The firmware TPM needs a supplicant, and none is known to serve.|"
            + "The firmware TPM needs a supplicant, and none is known to serve. (1 s)|"
            + "The firmware TPM needs a supplicant, and none is known to serve. (2 s)");
        await Assert.That(machine.Asked).IsEqualTo(0);
    }

    [Test]
    public async Task A_TPM_that_is_merely_slow_is_waited_for()
    {
        ScriptedMachine machine = new(Facts("kernel optee ta-announced ta-bound supplicant-serving"))
        {
            PauseLength = TimeSpan.FromSeconds(1),
        };
        for (int i = 0; i < 60; i++)
        {
            machine.Outcomes.Enqueue(ProbeOutcome.Pending);
        }

        machine.Outcomes.Enqueue(Good);
        await Assert.That(new Gate(machine, null).Run()).IsEqualTo(GateExit.Ready);
        await Assert.That(machine.Elapsed).IsEqualTo(TimeSpan.FromSeconds(60));
    }

    [Test]
    public async Task The_command_line_sets_the_limit()
    {
        using MachineTree tree = new("include kernel\ninclude optee\nproc/cmdline = tpmready.wait=5");
        ScriptedMachine machine = new(tree.ReadFacts()) { PauseLength = TimeSpan.FromSeconds(1) };
        await Assert.That(new Gate(machine, null).Run()).IsEqualTo(GateExit.TimedOut);
        await Assert.That(machine.Elapsed).IsEqualTo(TimeSpan.FromSeconds(5));
    }
}
