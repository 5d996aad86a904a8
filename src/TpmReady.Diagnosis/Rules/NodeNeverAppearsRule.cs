// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// A wait for the node ended without it, and the log does not show why.
/// </summary>
internal sealed class NodeNeverAppearsRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.NodeNeverAppears;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        IReadOnlyList<Signal> waits = Facts.FailedWaits(boot);
        Signal? absent = boot.Find(SignalKind.NodeAbsent, signal =>
            Names.Has(signal.Text, "Can't discover") || Names.Has(signal.Text, "Waiting"));
        Signal? first = waits.FirstOrDefault() ?? absent;
        return first is null ? null : Verdict.Of(
            this, Severity.Stall, Confidence.Certain, Phase.Host,
            "The boot waited for the TPM's device node in vain; the log does not show why it did not come.",
            "Add the kernel's messages of this boot (journalctl -b -k, or the serial console) and look again; " +
            "systemd.tpm2_wait=0 on the kernel command line ends the wait meanwhile.",
            waits.Take(4).Concat([absent!])) with
        { Seconds = Facts.Longest(boot, waits) };
    }
}
