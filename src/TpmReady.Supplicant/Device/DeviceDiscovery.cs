// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using TpmReady.Supplicant.Logging;

namespace TpmReady.Supplicant.Device;

/// <summary>Finds and opens the node of OP-TEE's supplicant.</summary>
/// <remarks>
/// Everything that serves requests must be ready before: the first open makes the kernel enumerate the TAs that need a
/// supplicant (optee_open in drivers/tee/optee/core.c), and requests follow at once.
/// </remarks>
public sealed class DeviceDiscovery
{
    /// <summary>How many nodes the kernel has room for (TEE_NUM_DEVICES is 32, half of them privileged).</summary>
    public const int NodeCount = 16;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly Func<string, (int Error, ITeeDevice? Device)> _open;
    private readonly ILog _log;

    /// <summary>Discovery among the nodes of this machine.</summary>
    public DeviceDiscovery(ILog log)
        : this(log, OpenNode)
    {
    }

    internal DeviceDiscovery(ILog log, Func<string, (int Error, ITeeDevice? Device)> open)
    {
        _log = log;
        _open = open;
    }

    /// <summary>Opens the node, waiting as the options allow.</summary>
    /// <param name="options">Where and how long.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="error">Why there is no device, and what helps; empty on success.</param>
    /// <returns>The device, or null.</returns>
    public ITeeDevice? Open(DiscoveryOptions options, CancellationToken cancellation, out string error)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan pause = FirstPause;
        bool said = false;
        while (true)
        {
            ITeeDevice? device = TryOnce(options, out DiscoveryVerdict verdict);
            if (device is not null)
            {
                error = string.Empty;
                return device;
            }

            TimeSpan limit = verdict.Outcome == DiscoveryOutcome.Busy ? options.WaitWhileBusy : options.WaitForDevice;
            TimeSpan left = limit < TimeSpan.Zero ? TimeSpan.MaxValue : limit - Stopwatch.GetElapsedTime(start);
            if (left <= TimeSpan.Zero || cancellation.IsCancellationRequested)
            {
                error = verdict.Message;
                return null;
            }

            if (!said)
            {
                _log.Write(LogLevel.Notice, "waiting: " + verdict.Message);
                said = true;
            }

            // A busy node is asked ever less often; a node that udev is about to make is looked for briskly.
            _ = cancellation.WaitHandle.WaitOne(pause < left ? pause : left);
            if (verdict.Outcome == DiscoveryOutcome.Busy)
            {
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    private ITeeDevice? TryOnce(DiscoveryOptions options, out DiscoveryVerdict verdict)
    {
        var probes = new List<NodeProbe>();
        int count = options.Path is null ? NodeCount : 1;
        for (int i = 0; i < count; i++)
        {
            string path = options.Path ?? $"/dev/teepriv{i}";
            (int error, ITeeDevice? device) = _open(path);
            var probe = new NodeProbe(path, error, device?.Version ?? default);
            if (device is not null && probe.IsSuitable)
            {
                verdict = default;
                return device;
            }

            device?.Dispose();
            probes.Add(probe);
        }

        verdict = DiscoveryVerdict.Judge(probes);
        return null;
    }

    private static (int Error, ITeeDevice? Device) OpenNode(string path)
    {
        int error = TeeDevice.Open(path, out TeeDevice? device);
        return (error, device);
    }
}
