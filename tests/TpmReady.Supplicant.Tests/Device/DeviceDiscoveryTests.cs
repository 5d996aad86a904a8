// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Tests.Fake;

namespace TpmReady.Supplicant.Tests.Device;

/// <summary>Finding the node: which one, how long to wait, and what to say when there is none.</summary>
public sealed class DeviceDiscoveryTests
{
    private static readonly DiscoveryOptions NoWait =
        new() { WaitForDevice = TimeSpan.Zero, WaitWhileBusy = TimeSpan.Zero };

    [Test]
    public async Task The_first_suitable_node_is_taken_and_others_are_closed()
    {
        using var kernel = new FakeKernel();
        var opened = new List<string>();
        var foreign = new FakeKernel(new() { Implementation = 2 });
        var discovery = new DeviceDiscovery(new RecordingLog(), path =>
        {
            opened.Add(path);
            return path switch
            {
                "/dev/teepriv0" => foreign.Open(),
                "/dev/teepriv3" => kernel.Open(),
                _ => (Errno.ENOENT, null),
            };
        });
        using ITeeDevice? device = discovery.Open(NoWait, CancellationToken.None, out string error);

        await Assert.That(device).IsNotNull();
        await Assert.That(error).IsEmpty();
        await Assert.That(opened).IsEquivalentTo(["/dev/teepriv0", "/dev/teepriv1", "/dev/teepriv2", "/dev/teepriv3"]);
        await Assert.That(foreign.Open().Error).IsEqualTo(Errno.Success);
        foreign.Dispose();
    }

    [Test]
    [Arguments(Errno.EBUSY, DiscoveryOutcome.Busy, "busy")]
    [Arguments(Errno.EACCES, DiscoveryOutcome.Denied, "permission denied")]
    [Arguments(Errno.EPERM, DiscoveryOutcome.Denied, "permission denied")]
    [Arguments(Errno.ENOENT, DiscoveryOutcome.Missing, "optee driver")]
    [Arguments(Errno.ENXIO, DiscoveryOutcome.Missing, "optee driver")]
    [Arguments(Errno.ENODEV, DiscoveryOutcome.Missing, "optee driver")]
    [Arguments(Errno.ENOTTY, DiscoveryOutcome.Unsuitable, "not a TEE device")]
    [Arguments(Errno.EIO, DiscoveryOutcome.Unsuitable, "EIO")]
    public async Task Each_error_has_its_own_words(int error, DiscoveryOutcome outcome, string words)
    {
        DiscoveryVerdict verdict = DiscoveryVerdict.Judge([new NodeProbe("/dev/teepriv0", error, default)]);

        await Assert.That(verdict.Outcome).IsEqualTo(outcome);
        await Assert.That(verdict.Message).Contains(words);
        await Assert.That(verdict.Message).Contains("/dev/teepriv0");
    }

    [Test]
    [Arguments(2U, 2U, "AMD-TEE")]
    [Arguments(77U, 2U, "implementation 77")]
    [Arguments(1U, 0U, "for clients")]
    public async Task A_node_that_opens_but_does_not_fit_is_named(uint implementation, uint capabilities, string words)
    {
        DiscoveryVerdict verdict = DiscoveryVerdict.Judge(
            [new NodeProbe("/dev/tee0", Errno.Success, new TeeVersion(implementation, 1, capabilities))]);

        await Assert.That(verdict.Outcome).IsEqualTo(DiscoveryOutcome.Unsuitable);
        await Assert.That(verdict.Message).Contains(words);
    }

    [Test]
    public async Task A_busy_node_matters_more_than_a_forbidden_one_and_that_more_than_a_foreign_one()
    {
        var foreign = new NodeProbe("/dev/teepriv0", Errno.Success, new TeeVersion(2, 0, 2));
        var denied = new NodeProbe("/dev/teepriv1", Errno.EACCES, default);
        var busy = new NodeProbe("/dev/teepriv2", Errno.EBUSY, default);
        var missing = new NodeProbe("/dev/teepriv3", Errno.ENOENT, default);

        await Assert.That(Judge(foreign, denied, busy, missing)).IsEqualTo(DiscoveryOutcome.Busy);
        await Assert.That(Judge(foreign, denied, missing)).IsEqualTo(DiscoveryOutcome.Denied);
        await Assert.That(Judge(foreign, missing)).IsEqualTo(DiscoveryOutcome.Unsuitable);
        await Assert.That(Judge(missing, missing)).IsEqualTo(DiscoveryOutcome.Missing);

        static DiscoveryOutcome Judge(params NodeProbe[] probes) => DiscoveryVerdict.Judge(probes).Outcome;
    }

    [Test]
    [Arguments(Errno.ENOENT)]
    [Arguments(Errno.EACCES)]
    [Arguments(Errno.EBUSY)]
    public async Task It_waits_for_what_may_still_come(int error)
    {
        using var kernel = new FakeKernel();
        int tries = 0;
        var log = new RecordingLog();
        var discovery = new DeviceDiscovery(log, _ => ++tries <= 2 ? (error, null) : kernel.Open());
        var options = new DiscoveryOptions { Path = "/dev/teepriv0" };
        using ITeeDevice? device = discovery.Open(options, CancellationToken.None, out _);

        await Assert.That(device).IsNotNull();
        await Assert.That(log.Count(LogLevel.Notice)).IsEqualTo(1);
    }

    [Test]
    public async Task The_wait_ends_in_time_and_when_it_is_cancelled()
    {
        var discovery = new DeviceDiscovery(new RecordingLog(), static _ => (Errno.ENOENT, null));
        var brief = new DiscoveryOptions { WaitForDevice = TimeSpan.FromMilliseconds(250) };
        long start = Stopwatch.GetTimestamp();
        ITeeDevice? none = discovery.Open(brief, CancellationToken.None, out string error);
        TimeSpan took = Stopwatch.GetElapsedTime(start);

        await Assert.That(none).IsNull();
        await Assert.That(error).Contains("/dev/teepriv");
        await Assert.That(took).IsBetween(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(5));

        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        var forEver = new DiscoveryOptions { WaitForDevice = TimeSpan.FromSeconds(-1) };
        await Assert.That(discovery.Open(forEver, cancellation.Token, out _)).IsNull();
    }

    [Test]
    public async Task A_real_file_that_is_no_device_is_refused()
    {
        var discovery = new DeviceDiscovery(new RecordingLog());
        ITeeDevice? device = discovery.Open(
            NoWait with { Path = "/dev/null" }, CancellationToken.None, out string error);

        await Assert.That(device).IsNull();
        await Assert.That(error).Contains("/dev/null: is not a TEE device");
    }
}
