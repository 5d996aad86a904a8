// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Tests;

/// <summary>Each row is a machine, and what has to be decided about it.</summary>
public sealed class DecisionTableTests
{
    private const string KernelRouted =
        "sys/class/tee/tee0/rpmb_routing_model = kernel\\n\nsys/class/tee/teepriv0/rpmb_routing_model = kernel\\n";

    private const string Tpm2 = "sys/class/tpmrm/tpmrm0/\nsys/class/tpm/tpm0/tpm_version_major = 2\\n\n";
    private const string Tpm1 = "sys/class/tpm/tpm0/tpm_version_major = 1\\n\n";
    private const string OnAcpi = "sys/class/tpm/tpm0/device -> ../../../devices/platform/MSFT0101:00\n";
    private const string OnSomething = "sys/class/tpm/tpm0/device -> ../../../devices/x\n";

    public static IEnumerable<(string Machine, string More, Verdict Verdict, TpmKind Kind, Cause Cause)> Rows() =>
    [
        // The firmware TPM on the TEE bus.
        ("kernel optee", "etc/tpmready/expect-tpm", Verdict.WaitForSupplicant, TpmKind.FirmwareExpected,
            Cause.NoSupplicant),
        ("kernel optee supplicant-serving", "etc/tpmready/expect-tpm",
            Verdict.BindDriver, TpmKind.FirmwareExpected, Cause.NotAnnounced),
        ("kernel optee ta-announced", "", Verdict.WaitForSupplicant, TpmKind.FirmwareTeeBus, Cause.NoSupplicant),
        ("kernel optee ta-announced-early", "", Verdict.WaitForSupplicant, TpmKind.FirmwareTeeBus, Cause.NoSupplicant),
        ("kernel optee ta-announced supplicant-serving", "", Verdict.BindDriver, TpmKind.FirmwareTeeBus,
            Cause.NotBound),
        ("kernel optee ta-announced ta-bound", "",
            Verdict.WaitForSupplicant, TpmKind.FirmwareTeeBus, Cause.BoundWithoutSupplicant),
        ("kernel optee ta-announced ta-bound supplicant-stopped", "",
            Verdict.WaitForSupplicant, TpmKind.FirmwareTeeBus, Cause.SupplicantPaused),
        ("kernel optee ta-announced ta-bound supplicant-stored", "",
            Verdict.WaitForSupplicant, TpmKind.FirmwareTeeBus, Cause.SupplicantPaused),
        ("kernel optee ta-announced ta-bound supplicant-serving", "",
            Verdict.Working, TpmKind.FirmwareTeeBus, Cause.NotAsked),
        ("kernel optee ta-announced-early ta-bound supplicant-serving", "",
            Verdict.Working, TpmKind.FirmwareTeeBus, Cause.NotAsked),

        // Storage in an RPMB that the kernel reaches: no supplicant. The routing alone proves nothing.
        ("kernel optee ta-announced-early", KernelRouted, Verdict.NotOurs, TpmKind.FirmwareTeeBus,
            Cause.KernelRoutedStorage),
        ("kernel optee ta-announced-early ta-bound", KernelRouted,
            Verdict.NotOurs, TpmKind.FirmwareTeeBus, Cause.KernelRoutedStorage),
        ("kernel optee ta-announced", KernelRouted, Verdict.WaitForSupplicant, TpmKind.FirmwareTeeBus,
            Cause.NoSupplicant),
        ("kernel optee platform-ftpm", KernelRouted,
            Verdict.WaitForSupplicant, TpmKind.FirmwarePlatform, Cause.NoSupplicant),

        // The firmware TPM by the device tree, its TA in the firmware or in the REE file system.
        ("kernel platform-ftpm", "", Verdict.WaitForSupplicant, TpmKind.FirmwarePlatform, Cause.NoSupplicant),
        ("kernel optee platform-ftpm supplicant-serving", "",
            Verdict.BindDriver, TpmKind.FirmwarePlatform, Cause.NotBound),
        ("kernel optee platform-ftpm platform-ftpm-bound", "",
            Verdict.WaitForSupplicant, TpmKind.FirmwarePlatform, Cause.BoundWithoutSupplicant),
        ("kernel optee platform-ftpm platform-ftpm-bound supplicant-serving", "",
            Verdict.Working, TpmKind.FirmwarePlatform, Cause.NotAsked),

        // Both flavours at once: the TEE bus proves that the TA is there.
        ("kernel optee platform-ftpm ta-announced supplicant-serving", "",
            Verdict.BindDriver, TpmKind.FirmwareTeeBus, Cause.NotBound),

        // A kernel or an initrd without the driver.
        ("kernel-without-drivers platform-ftpm", "", Verdict.CannotCome, TpmKind.FirmwarePlatform, Cause.DriverMissing),
        ("kernel platform-ftpm",
            "usr/lib/modules/6.12.38/modules.dep = kernel/drivers/char/tpm/tpm-ftpm-tee.ko:\\n",
            Verdict.CannotCome, TpmKind.FirmwarePlatform, Cause.OpteeDriverMissing),

        // A TPM of the same board that works by itself.
        ("kernel optee platform-ftpm",
            Tpm2 + OnSomething + "sys/devices/x/driver -> ../tpm_tis_spi",
            Verdict.NotOurs, TpmKind.InterfaceSpecification, Cause.WorksByItself),

        // OP-TEE is on every such board, and says nothing of a TPM.
        ("kernel optee", "", Verdict.NotOurs, TpmKind.None, Cause.NoTpm),

        // TPMs without a daemon.
        ("kernel acpi-crb", "", Verdict.NotOurs, TpmKind.CommandResponseBuffer, Cause.MayBeSlow),
        ("kernel acpi-tis", "", Verdict.NotOurs, TpmKind.InterfaceSpecification, Cause.MayBeSlow),
        ("kernel acpi-crb",
            Tpm2 + OnAcpi + "sys/devices/platform/MSFT0101:00/driver -> ../../../bus/acpi/drivers/tpm_crb",
            Verdict.NotOurs, TpmKind.CommandResponseBuffer, Cause.WorksByItself),
        ("kernel acpi-tis",
            Tpm2 + OnAcpi + "sys/devices/platform/MSFT0101:00/driver -> ../../../bus/platform/drivers/tpm_tis",
            Verdict.NotOurs, TpmKind.InterfaceSpecification, Cause.WorksByItself),

        // The driver has looked, and turned the device down; but one over FF-A may have put that off.
        ("kernel acpi-crb", "sys/bus/acpi/drivers/tpm_crb/bind", Verdict.CannotCome, TpmKind.CommandResponseBuffer,
            Cause.ProbeFailed),
        ("kernel acpi-crb", "sys/bus/platform/drivers/tpm_tis/bind", Verdict.NotOurs, TpmKind.CommandResponseBuffer,
            Cause.MayBeSlow),
        ("kernel acpi-crb-ffa", "sys/bus/acpi/drivers/tpm_crb/bind",
            Verdict.NotOurs, TpmKind.CommandResponseBufferFirmwareFramework, Cause.MayBeSlow),
        ("kernel acpi-crb", "sys/bus/acpi/devices/MSFT0101:00/status = 0\\n",
            Verdict.CannotCome, TpmKind.CommandResponseBuffer, Cause.SwitchedOff),
        ("kernel-without-drivers acpi-crb", "", Verdict.CannotCome, TpmKind.CommandResponseBuffer, Cause.DriverMissing),
        ("kernel-without-drivers acpi-crb", "proc/sys/kernel/osrelease = 6.13.0\\n",
            Verdict.NotOurs, TpmKind.CommandResponseBuffer, Cause.MayBeSlow),

        // Claims by EFI on machines with a device tree.
        ("kernel claim-of-efi", "sys/firmware/devicetree/base/model = a laptop\\0",
            Verdict.CannotCome, TpmKind.Unknown, Cause.NothingDescribesIt),
        ("kernel claim-of-efi", "", Verdict.NotOurs, TpmKind.Unknown, Cause.MayBeSlow),
        ("kernel claim-of-efi", "sys/firmware/devicetree/base/soc/spi@1/tpm@0/compatible = tcg,tpm_tis-spi\\0",
            Verdict.NotOurs, TpmKind.InterfaceSpecification, Cause.MayBeSlow),
        ("kernel-without-drivers claim-of-efi",
            "sys/firmware/devicetree/base/soc/spi@1/tpm@0/compatible = tcg,tpm_tis-spi\\0",
            Verdict.CannotCome, TpmKind.InterfaceSpecification, Cause.DriverMissing),
        ("kernel optee claim-of-efi", "", Verdict.WaitForSupplicant, TpmKind.FirmwareExpected, Cause.NoSupplicant),
        ("kernel optee claim-of-efi", "sys/firmware/devicetree/base/soc/spi@1/tpm@0/compatible = tcg,tpm_tis-spi\\0",
            Verdict.NotOurs, TpmKind.InterfaceSpecification, Cause.MayBeSlow),

        // TPM 1.2, upgrades, emulators, none.
        ("kernel", Tpm1 + OnSomething + "sys/devices/x/driver -> ../tpm_tis",
            Verdict.CannotCome, TpmKind.InterfaceSpecification, Cause.OnlyVersion1),
        ("kernel acpi-crb", "sys/class/tpm/tpm0/tpm_version_major = 1\\n\nsys/class/tpm/tpm0/device -> ../../../x",
            Verdict.NotOurs, TpmKind.CommandResponseBuffer, Cause.MayBeSlow),
        ("kernel", OnSomething + "sys/devices/x/driver -> ../../bus/pnp/drivers/tpm_tis",
            Verdict.CannotCome, TpmKind.InterfaceSpecification, Cause.UpgradeMode),
        ("kernel", "sys/class/tpm/tpm0/tpm_version_major = 2\\n\nsys/class/tpmrm/tpmrm0/",
            Verdict.NotOurs, TpmKind.VirtualProxy, Cause.EmulatorTiedToDevice),
        ("kernel", "", Verdict.NotOurs, TpmKind.None, Cause.NoTpm),
        ("kernel-without-drivers platform-ftpm", "run/systemd/container = lxc\\n",
            Verdict.NotOurs, TpmKind.None, Cause.Container),

        // A firmware TPM that the kernel took for one in firmware upgrade mode.
        ("kernel optee ta-announced ta-bound supplicant-serving", "half",
            Verdict.BindDriver, TpmKind.FirmwareTeeBus, Cause.HalfBound),
        ("kernel optee ta-announced ta-bound", "half",
            Verdict.WaitForSupplicant, TpmKind.FirmwareTeeBus, Cause.BoundWithoutSupplicant),

        // The administrator's word.
        ("kernel optee ta-announced", "proc/cmdline = quiet tpmready.wait=no\\n",
            Verdict.NotOurs, TpmKind.Unknown, Cause.TurnedOff),
        ("kernel optee", "proc/cmdline = quiet tpmready.wait=20s\\n",
            Verdict.WaitForSupplicant, TpmKind.FirmwareExpected, Cause.NoSupplicant),
        ("kernel", "proc/cmdline = quiet tpmready.wait=yes\\n", Verdict.NotOurs, TpmKind.None, Cause.NoTpm),
    ];

    [Test]
    [MethodDataSource(nameof(Rows))]
    public async Task A_machine_is_judged(string machine, string more, Verdict verdict, TpmKind kind, Cause cause)
    {
        string manifest = string.Join('\n', machine.Split(' ').Select(static name => "include " + name));
        using MachineTree tree = new(manifest + "\n" + (more is "half" ? "" : more));
        if (more is "half")
        {
            System.IO.Directory.Delete(System.IO.Path.Combine(tree.Root, "sys/class/tpmrm/tpmrm0"));
            System.IO.File.Delete(System.IO.Path.Combine(
                tree.Root, "sys/devices", TpmDrivers.FirmwareTpmDevice, "tpm/tpm0/tpm_version_major"));
        }

        Decision decision = tree.Decide();
        await Assert.That((decision.Verdict, decision.Kind, decision.Cause)).IsEqualTo((verdict, kind, cause));
        await Assert.That(decision.Reason).EndsWith(".");
        await Assert.That(decision.Reason).DoesNotContain("\n");
        await Assert.That(decision.Reason.Length).IsLessThan(200);
        if (cause is not (Cause.NoTpm or Cause.Container))
        {
            await Assert.That(decision.Evidence.Count).IsGreaterThan(0);
        }
    }

    [Test]
    public async Task The_target_is_the_device_whose_driver_is_to_be_bound()
    {
        using MachineTree bus = new("include kernel\ninclude optee\ninclude ta-announced\ninclude supplicant-serving");
        await Assert.That(bus.Decide().Target)
            .IsEqualTo(new DriverTarget("tee", "optee-ftpm", TpmDrivers.FirmwareTpmDevice));
        using MachineTree platform = new("include kernel\ninclude optee\ninclude platform-ftpm");
        await Assert.That(platform.Decide().Target).IsEqualTo(new DriverTarget("platform", "ftpm-tee", "tpm@0"));
    }

    [Test]
    public async Task Every_cause_but_those_of_other_parts_has_a_row()
    {
        Cause[] elsewhere = [Cause.Answered, Cause.AnswerPending, Cause.ApplicationPanicked, Cause.CommandFailed,
            Cause.NotPermitted, Cause.StorageBehindTpm];
        IEnumerable<Cause> missing = System.Enum.GetValues<Cause>()
            .Except(elsewhere).Except(Rows().Select(static row => row.Cause));
        await Assert.That(missing).IsEmpty();
    }
}
