// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;

namespace TpmReady.Boot.Tests.Processes;

/// <summary>The roles generator, gate and driver of the executable, on trees of files and on this machine.</summary>
public sealed class ReadinessProcessTests
{
    private const string Device = "sys/bus/tee/devices/optee-ta-bc50d971-d4c9-42c4-82cb-343fb7f37896";

    [Test]
    public async Task The_generator_writes_into_the_directories_that_it_is_given()
    {
        using TemporaryTree machine = FirmwareTpm();
        using TemporaryTree output = new("normal/x", "early/x", "late/x");
        (int code, string _, string error) = await RunAsync(
            $"tpmready-generator {output.Root}/normal {output.Root}/early {output.Root}/late", machine);
        await Assert.That(code).IsEqualTo(0);
        await Assert.That(error)
            .IsEqualTo("tpmready-generator: The firmware TPM needs a supplicant, and none is known to serve.\n");
        await Assert.That(File.Exists(output.Root + "/normal/dev-tpmrm0.device.d/50-tpmready.conf")).IsTrue();
        await Assert.That(Directory.ResolveLinkTarget(
            output.Root + "/late/tpm2.target.wants/tpmready-gate@teepriv0.service", returnFinalTarget: false)!.FullName)
            .IsEqualTo("/usr/lib/systemd/system/tpmready-gate@.service");
    }

    [Test]
    public async Task The_generator_takes_one_directory_for_all_and_nothing_else()
    {
        using TemporaryTree machine = FirmwareTpm();
        using TemporaryTree output = new("x");
        await Assert.That((await RunAsync("tpmready-generator " + output.Root, machine)).Code).IsEqualTo(0);
        await Assert.That(Directory.Exists(output.Root + "/sysinit.target.wants")).IsTrue();
        await Assert.That((await RunAsync("tpmready-generator", machine)).Code).IsEqualTo(1);
        await Assert.That((await RunAsync("tpmready-generator a b", machine)).Code).IsEqualTo(1);
        await Assert.That((await RunAsync("tpmready-generator --help", machine)).Code).IsEqualTo(0);
    }

    [Test]
    public async Task The_gate_opens_at_once_where_no_TPM_needs_it_and_tells_the_service_manager()
    {
        using TemporaryTree machine = new("proc/x");
        using TemporaryTree sockets = new("x");
        using Socket manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(sockets.Root + "/notify"));
        manager.ReceiveTimeout = 10_000;
        (int code, string _, string error) = await BootProgram.RunAsync(
            "tpmready-gate",
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["TPMREADY_ROOT"] = machine.Root,
                ["NOTIFY_SOCKET"] = sockets.Root + "/notify",
            });
        byte[] buffer = new byte[1024];
        string message = Encoding.UTF8.GetString(buffer, 0, manager.Receive(buffer));
        await Assert.That(code).IsEqualTo(0);
        await Assert.That(error).Contains("Nothing claims a TPM.");
        await Assert.That(message).IsEqualTo("READY=1\nSTATUS=Nothing claims a TPM.\n");
    }

    [Test]
    public async Task The_gate_is_bounded_and_gives_up_at_once_when_waiting_is_in_vain()
    {
        using TemporaryTree waiting = FirmwareTpm();
        (int code, string _, string error) = await RunAsync("tpmready-gate --timeout=1", waiting);
        await Assert.That(code).IsEqualTo(3);
        await Assert.That(error).Contains("Not ready in time: The firmware TPM needs a supplicant");
        using TemporaryTree vain = new("sys/class/tpm/tpm0/tpm_version_major=1");
        (code, _, error) = await RunAsync("tpmready-gate", vain);
        await Assert.That(code).IsEqualTo(2);
        await Assert.That(error).Contains("tpm0 is a TPM 1.2");
    }

    [Test]
    [Arguments("tpmready-gate --timeout=soon", "no number of seconds")]
    [Arguments("tpmready-gate --nothing", "unrecognized option")]
    [Arguments("tpmready-gate word", "unexpected word")]
    [Arguments("tpmready-driver", "bind, unbind or hand-over?")]
    [Arguments("tpmready-driver attach", "bind, unbind or hand-over?")]
    [Arguments("tpmready-driver --timeout=x bind", "no number of seconds")]
    public async Task A_wrong_call_is_explained(string line, string expected)
    {
        (int code, string _, string error) = await BootProgram.RunAsync(line);
        await Assert.That(code).IsEqualTo(1);
        await Assert.That(error).Contains(expected);
    }

    /// <summary>
    /// The process that asks proves by itself that a supplicant serves; here none does, so nothing is asked.
    /// </summary>
    [Test]
    public async Task Without_a_supplicant_on_this_machine_nobody_asks_the_TPM()
    {
        (int code, string output, string _) = await BootProgram.RunAsync("tpmready-gate --ask");
        await Assert.That(code).IsEqualTo(0);
        await Assert.That(output).IsEqualTo("1 0 0 0 0 0 0\n");
    }

    [Test]
    [Arguments("/etc/hostname")]
    [Arguments("etc/hostname")]
    [Arguments("sys/../etc/hostname")]
    public async Task Only_sysfs_is_ever_written_to(string path)
    {
        (int code, string output, string _) = await BootProgram.RunAsync($"tpmready-driver --write {path} word");
        await Assert.That((code, output)).IsEqualTo((1, ""));
    }

    [Test]
    public async Task A_write_says_what_the_kernel_returned()
    {
        (int _, string output, string _) = await BootProgram.RunAsync("tpmready-driver --write sys/no/such/file word");
        await Assert.That(output).IsEqualTo("-1 2\n");
    }

    [Test]
    public async Task On_a_machine_without_OPTEE_the_driver_has_nothing_to_do()
    {
        if (Directory.Exists("/sys/bus/tee/devices"))
        {
            Skip.Test("this machine has a TEE");
        }

        await Assert.That((await BootProgram.RunAsync("tpmready-driver unbind")).ExitCode).IsEqualTo(0);
        (int code, string _, string error) = await BootProgram.RunAsync(
            "tpmready-driver unbind --if-failed",
            new Dictionary<string, string>(StringComparer.Ordinal) { ["SERVICE_RESULT"] = "success" });
        await Assert.That((code, error)).IsEqualTo((0, ""));
    }

    private static TemporaryTree FirmwareTpm() => new(
        "sys/class/tee/teepriv0/implementation_id=1", Device + "/need_supplicant=",
        "usr/lib/systemd/system/tpm2.target=", "usr/lib/systemd/system/tpmready-gate@.service=",
        "usr/lib/systemd/system/tee-supplicant@.service=");

    private static async Task<(int Code, string Output, string Error)> RunAsync(string line, TemporaryTree machine) =>
        await BootProgram.RunAsync(
            line, new Dictionary<string, string>(StringComparer.Ordinal) { ["TPMREADY_ROOT"] = machine.Root });
}
