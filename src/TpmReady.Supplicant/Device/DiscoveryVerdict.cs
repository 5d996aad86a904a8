// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Linux.Interop;

namespace TpmReady.Supplicant.Device;

/// <summary>What a round of tries means: pure, so that each case is one line of a table in its test.</summary>
/// <param name="Outcome">What to do.</param>
/// <param name="Message">Why, and what helps; for people.</param>
public readonly record struct DiscoveryVerdict(DiscoveryOutcome Outcome, string Message)
{
    /// <summary>Judges a round in which no node was suitable.</summary>
    /// <param name="probes">What came of each node, in order.</param>
    public static DiscoveryVerdict Judge(IReadOnlyCollection<NodeProbe> probes)
    {
        NodeProbe busy = probes.FirstOrDefault(static probe => probe.Error == Errno.EBUSY);
        if (busy.Path is not null)
        {
            return new(
                DiscoveryOutcome.Busy,
                busy.Describe() + ". Stop the other supplicant. If there is none, a client of a supplicant that was "
                + "killed still waits: end the client, or restart the machine.");
        }

        NodeProbe denied = probes.FirstOrDefault(static probe => probe.Error is Errno.EACCES or Errno.EPERM);
        if (denied.Path is not null)
        {
            return new(
                DiscoveryOutcome.Denied,
                denied.Describe() + ". Run the supplicant as root, or as a user of the group that owns the node.");
        }

        NodeProbe[] present = [.. probes.Where(static probe => !probe.IsMissing)];
        if (present.Length > 0)
        {
            return new(
                DiscoveryOutcome.Unsuitable,
                "no node of an OP-TEE supplicant: "
                + string.Join("; ", present.Select(static probe => probe.Describe())) + ".");
        }

        return new(
            DiscoveryOutcome.Missing,
            probes.Count == 1
                ? probes.First().Describe() + ". Is the kernel's optee driver loaded?"
                : "no /dev/teepriv node exists. Is the kernel's optee driver loaded (modprobe optee), and does the "
                    + "firmware have OP-TEE?");
    }
}
