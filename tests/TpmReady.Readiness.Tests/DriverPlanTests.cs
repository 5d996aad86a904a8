// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Readiness.Driving;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Tests;

/// <summary>When the driver is bound and unbound, and when it must be left alone.</summary>
public sealed class DriverPlanTests
{
    private const string Device = "optee-ta-bc50d971-d4c9-42c4-82cb-343fb7f37896";
    private const string Serving = "kernel optee ta-announced supplicant-serving";

    private static MachineFacts Facts(string machine, string more = "")
    {
        string manifest = string.Join('\n', machine.Split(' ').Select(static name => "include " + name));
        using MachineTree tree = new(manifest + "\n" + more);
        return tree.ReadFacts();
    }

    private static string Show(DriverStep step) => $"{step.Kind} {step.Path} {step.Value}".TrimEnd();

    private static string Next(BindPlan plan, string machine, double seconds = 0) =>
        Show(plan.Next(Facts(machine), TimeSpan.FromSeconds(seconds)));

    [Test]
    [Arguments(Serving, "Write sys/bus/tee/drivers/optee-ftpm/bind " + Device)]
    [Arguments("kernel optee platform-ftpm supplicant-serving", "Write sys/bus/platform/drivers/ftpm-tee/bind tpm@0")]
    [Arguments("kernel optee ta-announced", "Wait")]
    [Arguments("kernel optee ta-announced ta-bound", "Wait")]
    [Arguments("kernel optee ta-announced ta-bound supplicant-stopped", "Wait")]
    [Arguments("kernel optee ta-announced ta-bound supplicant-serving", "Done")]
    [Arguments("kernel acpi-crb", "Done")]
    [Arguments("kernel-without-drivers platform-ftpm", "Fail")]
    public async Task The_first_step_follows_from_the_facts(string machine, string expected) =>
        await Assert.That(Next(new BindPlan(), machine)).IsEqualTo(expected);

    [Test]
    public async Task A_probe_that_came_too_early_is_repaired_by_unbinding_first()
    {
        MachineFacts half = Facts("kernel optee ta-announced ta-bound supplicant-serving") with
        {
            Chips = [new TpmChip(0, null, HasResourceManager: false, Device, TpmDrivers.TeeBusDriver)],
        };
        BindPlan plan = new();
        await Assert.That(Show(plan.Next(half, default)))
            .IsEqualTo("Write sys/bus/tee/drivers/optee-ftpm/unbind " + Device);
        plan.Wrote(10, 0);
        await Assert.That(Next(plan, Serving)).IsEqualTo("Write sys/bus/tee/drivers/optee-ftpm/bind " + Device);
        plan.Wrote(10, 0);
        await Assert.That(Next(plan, "kernel optee ta-announced ta-bound supplicant-serving")).IsEqualTo("Done");
    }

    [Test]
    public async Task A_module_is_loaded_once_and_then_waited_for()
    {
        MachineFacts facts = Facts(Serving) with { Drivers = new HashSet<string>(StringComparer.Ordinal) };
        BindPlan plan = new();
        await Assert.That(Show(plan.Next(facts, default))).IsEqualTo("LoadModule tpm_ftpm_tee");
        await Assert.That(Show(plan.Next(facts, default))).IsEqualTo("Wait");
        await Assert.That(Show(plan.Next(facts, TimeSpan.FromSeconds(11)))).IsEqualTo("Fail");
    }

    [Test]
    public async Task An_announcement_is_waited_for_but_not_without_end()
    {
        MachineFacts facts = Facts("kernel optee supplicant-serving", "etc/tpmready/expect-tpm");
        BindPlan plan = new();
        await Assert.That(plan.Next(facts, TimeSpan.FromSeconds(9)).Kind).IsEqualTo(DriverStepKind.Wait);
        DriverStep last = plan.Next(facts, TimeSpan.FromSeconds(10));
        await Assert.That(last.Kind).IsEqualTo(DriverStepKind.Fail);
        await Assert.That(last.Text).Contains("its TA is not in the firmware");
    }

    [Test]
    public async Task Binding_is_tried_again_after_refusals_and_given_up_after_some()
    {
        BindPlan plan = new();
        for (int i = 0; i < 5; i++)
        {
            plan.Wrote(-1, Errno.EINVAL);
            await Assert.That(Next(plan, Serving)).StartsWith("Write");
        }

        plan.Wrote(-1, Errno.EINVAL);
        DriverStep step = plan.Next(Facts(Serving), default);
        await Assert.That(step.Kind).IsEqualTo(DriverStepKind.Fail);
        await Assert.That(step.Text).Contains("EINVAL, 6 times");
    }

    /// <summary>The kernel returns EINVAL for a TA that is dead as for one that is not ready yet; its log tells them apart.</summary>
    [Test]
    public async Task A_TPM_that_is_dead_is_given_up_sooner()
    {
        BindPlan plan = new();
        for (int i = 0; i < 2; i++)
        {
            plan.Wrote(-1, Errno.EINVAL, 0xffff3024);
            await Assert.That(Next(plan, Serving)).StartsWith("Write");
        }

        plan.Wrote(-1, Errno.EINVAL, 0xffff3024);
        DriverStep step = plan.Next(Facts(Serving), default);
        await Assert.That(step.Kind).IsEqualTo(DriverStepKind.Fail);
        await Assert.That(step.Text).Contains("TEE_ERROR_TARGET_DEAD (0xffff3024)");
    }

    [Test]
    public async Task The_reason_names_the_last_code_that_the_kernel_logged()
    {
        BindPlan plan = new();
        for (int i = 0; i < 6; i++)
        {
            plan.Wrote(-1, Errno.EINVAL, 0xffff0008);
        }

        await Assert.That(plan.Next(Facts(Serving), default).Text).Contains("TEE_ERROR_ITEM_NOT_FOUND (0xffff0008)");
    }

    [Test]
    [Arguments("6,731,4101234,-;ftpm-tee ftpm: ftpm_tee_probe: tee_client_open_session failed, err=ffff3024\n", 0xffff3024L)]
    [Arguments("tee_client_open_session failed, err=ffff000e", 0xffff000eL)]
    [Arguments("tee_client_open_session failed, err=", -1L)]
    [Arguments("tee_client_open_session failed, err=123456789", -1L)]
    [Arguments("optee: initialized driver", -1L)]
    public async Task The_code_is_read_from_the_drivers_message(string line, long code) =>
        await Assert.That(ProbeMessage.CodeIn(line) ?? -1L).IsEqualTo(code);

    [Test]
    public async Task Somebody_who_was_faster_is_no_failure()
    {
        BindPlan plan = new();
        for (int i = 0; i < 20; i++)
        {
            plan.Wrote(-1, i % 2 == 0 ? Errno.EBUSY : Errno.EAGAIN);
        }

        await Assert.That(Next(plan, Serving)).StartsWith("Write");
    }

    [Test]
    public async Task A_panic_while_binding_is_not_tried_again()
    {
        BindPlan plan = new();
        plan.Wrote(-53212, 0);
        DriverStep step = plan.Next(Facts(Serving), default);
        await Assert.That(step.Kind).IsEqualTo(DriverStepKind.Fail);
        await Assert.That(step.Text).Contains("TEE_ERROR_TARGET_DEAD (0xffff3024)");
    }

    [Test]
    [Arguments("kernel optee ta-announced ta-bound", "Fail")]
    [Arguments("kernel optee ta-announced ta-bound supplicant-stopped", "Wait")]
    [Arguments("kernel optee ta-announced ta-bound supplicant-stored", "Wait")]
    [Arguments("kernel optee ta-announced", "Done")]
    [Arguments("kernel acpi-crb", "Done")]
    [Arguments("kernel optee ta-announced ta-bound supplicant-serving",
        "Write sys/bus/tee/drivers/optee-ftpm/unbind " + Device)]
    [Arguments("kernel optee platform-ftpm platform-ftpm-bound supplicant-serving",
        "Write sys/bus/platform/drivers/ftpm-tee/unbind tpm@0")]
    public async Task Nothing_is_unbound_without_a_serving_supplicant(string machine, string expected) =>
        await Assert.That(string.Join('|', UnbindPlan.Make(Facts(machine)).Select(Show))).IsEqualTo(expected);

    [Test]
    public async Task The_TPM_is_unbound_first_and_the_kernel_is_turned_away_from_it_before()
    {
        MachineFacts facts = Facts(
            "kernel optee ta-announced ta-bound supplicant-serving",
            "sys/bus/tee/devices/optee-ta-00000000-0000-0000-0000-000000000001/need_supplicant\n"
            + "sys/bus/tee/devices/optee-ta-00000000-0000-0000-0000-000000000001/driver -> ../x/optee-rng\n"
            + "sys/bus/tee/devices/optee-ta-00000000-0000-0000-0000-000000000002/driver -> ../x/early\n"
            + "sys/class/misc/hw_random/rng_current = tpm-rng-0\\n\n"
            + "sys/class/misc/hw_random/rng_available = tpm-rng-0 virtio_rng.0 \\n");
        await Assert.That(string.Join('|', UnbindPlan.Make(facts).Select(Show))).IsEqualTo(
            "Write sys/class/misc/hw_random/rng_current virtio_rng.0|"
            + $"Write sys/bus/tee/drivers/optee-ftpm/unbind {Device}|"
            + "Write sys/bus/tee/drivers/optee-rng/unbind optee-ta-00000000-0000-0000-0000-000000000001");
        await Assert.That(UnbindPlan.IsComplete(facts)).IsFalse();
    }

    [Test]
    public async Task A_TPM_whose_storage_the_kernel_reaches_is_left_alone() =>
        await Assert.That(UnbindPlan.IsComplete(Facts(
            "kernel optee ta-announced-early ta-bound supplicant-serving",
            "sys/class/tee/teepriv0/rpmb_routing_model = kernel\\n"))).IsTrue();

    [Test]
    public async Task Who_keeps_the_TPM_open_is_named()
    {
        MachineFacts facts = Facts(
            "kernel optee ta-announced ta-bound supplicant-serving",
            "proc/77/comm = tpm2-abrmd\\n\nproc/77/stat = 77 (tpm2-abrmd) S 1\nproc/77/fd/5 -> /dev/tpmrm0");
        await Assert.That(string.Join('|', UnbindPlan.DescribeHolders(facts)))
            .IsEqualTo("tpm2-abrmd (process 77) has /dev/tpmrm0 open");
    }
}
