// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Readiness.Tests;

namespace TpmReady.Cli.Tests;

/// <summary>tpmready status and wait on recorded machines, as a user runs them.</summary>
public sealed class StatusTests
{
    private const string Root = "proc/1/comm = systemd\\n\nproc/1/fd/0 -> /dev/null\n";
    private const string Crb =
        "sys/class/tpmrm/tpmrm0/\nsys/class/tpm/tpm0/tpm_version_major = 2\\n\n"
        + "sys/class/tpm/tpm0/device -> ../../../devices/x\nsys/devices/x/driver -> ../tpm_crb\n";

    public static IEnumerable<(string Machine, string More, int Code, string First)> Rows() =>
    [
        ("kernel acpi-crb", Crb, 0, "● tpm0: TPM with a command response buffer; usable"),
        ("kernel", "", 4, "● no TPM; absent"),
        ("kernel optee ta-announced ta-bound supplicant-serving units", Root, 3,
            "● tpm0: firmware TPM in OP-TEE, on the TEE bus; not usable yet"),
        ("kernel optee ta-announced", "proc/1/comm = systemd\\n\nproc/1/fd/\n", 5,
            "● firmware TPM in OP-TEE, on the TEE bus; not known without root"),
    ];

    [Test]
    [MethodDataSource(nameof(Rows))]
    public async Task A_machine_has_a_first_line_and_an_exit_code(string machine, string more, int code, string first)
    {
        using MachineTree tree = Make(machine, more);
        (int actual, string output, string errors) = await Tool.Run(["status", "--root", tree.Root]);
        await Assert.That(output.Split('\n')[0]).IsEqualTo(first);
        await Assert.That(actual).IsEqualTo(code);
        await Assert.That(errors).IsEmpty();
        await Assert.That(output).DoesNotContain("\e[");
    }

    [Test]
    public async Task The_status_of_a_served_firmware_TPM_tells_who_why_and_that_it_was_not_asked()
    {
        using MachineTree tree = Make("kernel optee ta-announced ta-bound supplicant-serving units", Root);
        (_, string output, _) = await Tool.Run(["status", "--root", tree.Root]);
        const string expected =
            """
            ● tpm0: firmware TPM in OP-TEE, on the TEE bus; not usable yet
                    Node: /dev/tpmrm0, driver optee-ftpm
              Claimed by: OP-TEE (TEE bus)
              Supplicant: tee-supplicant (PID 412) serves /dev/teepriv0
                  Answer: Not asked: this root is not the running machine's.
                Decision: tpm0 is served; it has not been asked.
                Evidence: sys/firmware/devicetree/base/firmware: linaro,optee-tz
                          sys/class/tee/teepriv0: OP-TEE, RPMB routing user
                          sys/bus/tee/devices/optee-ta-bc50d971-d4c9-42c4-82cb-343fb7f37896: bound to optee-ftpm
                          sys/bus/tee/devices/optee-ta-bc50d971-d4c9-42c4-82cb-343fb7f37896/need_supplicant: exists
                          sys/class/tpm/tpm0: version 2, driver optee-ftpm, with resource manager
                          proc/412/fd: tee-supplicant has the supplicant's device open and serves
                   Units: tee-supplicant@teepriv0.service  installed
                          tpmready-gate@teepriv0.service   installed
                          tpm2.target                      installed

            """;
        await Assert.That(output).IsEqualTo(expected);
    }

    [Test]
    [MethodDataSource(nameof(Rows))]
    public async Task Status_and_wait_write_what_their_schemas_demand(
        string machine, string more, int code, string first)
    {
        using MachineTree tree = Make(machine, more);
        (int status, string output, _) = await Tool.Run(["status", "--json", "--root", tree.Root]);
        await Assert.That(Schema.Violations(output, "status.schema.json")).IsEmpty().Because(first);
        await Assert.That(status).IsEqualTo(code);
        (int waited, string result, _) = await Tool.Run(["wait", "--timeout", "0", "--json"], root: tree.Root);
        await Assert.That(Schema.Violations(result, "wait.schema.json")).IsEmpty();
        await Assert.That(waited).IsEqualTo(code);
    }

    [Test]
    public async Task Wait_says_the_reason_once_and_nothing_when_it_is_to_be_quiet()
    {
        using MachineTree tree = Make("kernel optee ta-announced ta-bound", Root);
        long start = Environment.TickCount64;
        (int code, string output, string errors) = await Tool.Run(["wait", "--timeout", "300ms"], root: tree.Root);
        await Assert.That(code).IsEqualTo(3);
        await Assert.That(output).IsEmpty();
        await Assert.That(errors).Matches(@"^tpmready: not usable after \d+\.\d s: tpm0 exists, and no supplicant is known");
        await Assert.That(Environment.TickCount64 - start).IsGreaterThanOrEqualTo(300);
        (code, output, errors) = await Tool.Run(["wait", "--timeout", "0", "--quiet"], root: tree.Root);
        await Assert.That((code, output, errors)).IsEqualTo((3, "", ""));
    }

    [Test]
    public async Task Wait_fails_at_once_when_waiting_is_in_vain_and_succeeds_where_a_TPM_is()
    {
        using MachineTree none = Make("kernel-without-drivers platform-ftpm", Root);
        (int code, _, string errors) = await Tool.Run(["wait", "--timeout", "infinity"], root: none.Root);
        await Assert.That(code).IsEqualTo(4);
        await Assert.That(errors).Contains("The kernel has no driver for the firmware TPM in this system");
        using MachineTree crb = Make("kernel acpi-crb", Crb);
        (code, string output, errors) = await Tool.Run(["wait", "--device", "/dev/tpmrm0"], root: crb.Root);
        await Assert.That((code, output, errors)).IsEqualTo((0, "/dev/tpmrm0: tpm0 needs no daemon.\n", ""));
    }

    [Test]
    [Arguments("wait", "--timeout", "soon")]
    [Arguments("wait", "--timeout", "-1s")]
    [Arguments("wait", "--device", "sda")]
    [Arguments("wait", "--device", "tpmrm")]
    [Arguments("status", "--root", "/nonexistent/root")]
    [Arguments("doctor", "--root", "/nonexistent/root")]
    public async Task What_cannot_be_understood_is_said(params string[] arguments)
    {
        (int code, string output, string errors) = await Tool.Run(arguments);
        await Assert.That(code).IsEqualTo(2).Because(output);
        await Assert.That(errors).StartsWith("tpmready: ");
    }

    [Test]
    public async Task Colour_comes_when_it_is_asked_for()
    {
        using MachineTree tree = Make("kernel acpi-crb", Crb);
        (_, string output, _) = await Tool.Run(["status", "--root", tree.Root], colour: true);
        await Assert.That(output).StartsWith("\e[32m●\e[0m tpm0: TPM with a command response buffer; \e[32musable\e[0m");
    }

    internal static MachineTree Make(string machine, string more) =>
        new(string.Join('\n', machine.Split(' ').Select(static name => "include " + name)) + "\n" + more);
}
