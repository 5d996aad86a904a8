// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace TpmReady.Readiness.Tests.Units;

/// <summary>The units under systemd itself: in which order, and how long a failure costs.</summary>
[ServiceManager]
[NotInParallel]
public sealed class ServiceManagerTests
{
    private const string Machine = "include kernel\ninclude optee\ninclude ta-announced\ninclude units";

    // As initrd-cleanup.service does. The users' order to the driver goes through tpm2.target, which stops by this
    // alone: with "start" it would stay, and nothing would order those who stop.
    private const string Leave = "systemctl isolate initrd-switch-root.target\nwrite switch-root";

    // Without tpmready-absent.target each failure would cost the device's five seconds after the gate.
    private const double LongestStall = 4;

    private static string Words(IReadOnlyList<(double Seconds, string Word)> log) =>
        string.Join(' ', log.Select(static entry => entry.Word));

    private static double StallBefore(IReadOnlyList<(double Seconds, string Word)> log, string word) =>
        log.Where(entry => string.Equals(entry.Word, word, System.StringComparison.Ordinal))
            .Select(static entry => entry.Seconds).DefaultIfEmpty(double.NaN).First();

    [Test]
    [Arguments("")]
    [Arguments("dev-tpmrm0.device")]
    public async Task Users_start_after_the_answer_and_stop_before_the_driver(string inDropIn)
    {
        using ServiceManager manager = new(Machine);
        manager.AddTpm();

        // Long enough that a driver that does not wait for its users is seen to overtake them.
        manager.Script("user", "[ \"$1\" = start ] || sleep 0.3\nwrite user-$1");
        if (inDropIn.Length > 0)
        {
            // The shape of tpm2.target whose devices are added by a generator of systemd's.
            manager.Unit("tpm2.target", "[Unit]\nDefaultDependencies=no\n");
            System.IO.Directory.CreateDirectory(manager.UnitFolder + "/tpm2.target.d");
            manager.Unit("tpm2.target.d/10-devices.conf", $"[Unit]\nAfter={inDropIn}\nWants={inDropIn}\n");
        }

        IReadOnlyList<(double Seconds, string Word)> log = await manager.RunAsync(Leave);

        // By the driver's unit, and once more by the supplicant's, which looks whether anything is left.
        await Assert.That(Words(log)).IsEqualTo(
            "begin supplicant-ready bind answered user-start sysinit user-stop unbind unbind switch-root end");
        await Assert.That(StallBefore(log, "end")).IsLessThan(LongestStall);
    }

    [Test]
    public async Task A_slow_TPM_is_waited_for_beyond_the_time_limit_of_its_devices()
    {
        using ServiceManager manager = new(Machine);
        manager.Script("tpmready-gate", "sleep 7\nwrite answered");
        manager.AddTpm();
        await Assert.That(Words(await manager.RunAsync(""))).IsEqualTo(
            "begin supplicant-ready bind answered user-start sysinit end");
    }

    [Test]
    [Arguments("tpmready-gate", "begin supplicant-ready bind hide user-start sysinit end")]
    [Arguments("tpmready-driver", "begin supplicant-ready user-start sysinit end")]
    [Arguments("tee-supplicant", "begin user-start sysinit end")]
    public async Task A_failure_costs_no_time_limit(string program, string expected)
    {
        using ServiceManager manager = new(Machine);
        manager.Script(program, "exit 1");
        IReadOnlyList<(double Seconds, string Word)> log = await manager.RunAsync("");
        await Assert.That(Words(log)).IsEqualTo(expected);
        await Assert.That(StallBefore(log, "user-start")).IsLessThan(LongestStall);
    }

    [Test]
    public async Task Without_the_target_that_ends_the_waits_it_would()
    {
        using ServiceManager manager = new(Machine);
        manager.Script("tpmready-gate", "exit 1");
        manager.Unit("tpmready-absent.target", "[Unit]\nDefaultDependencies=no\n");
        await Assert.That(StallBefore(await manager.RunAsync(""), "user-start")).IsGreaterThan(LongestStall);
    }

    [Test]
    public async Task Without_the_gate_the_user_would_start_too_early()
    {
        using ServiceManager manager = new("include kernel");
        manager.AddTpm();
        await Assert.That(Words(await manager.RunAsync(""))).IsEqualTo("begin user-start sysinit end");
    }
}
