// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// A TPM backed by a process came back under another number: the old chip is held open, so tpm0 stays taken.
/// Report: https://github.com/systemd/systemd/issues/42936.
/// </summary>
internal sealed class SwitchRootTpmIdentityRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.SwitchRootTpmIdentity;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? renumbered = boot.Find(SignalKind.TpmNodeRenumbered, signal => signal.Phase != Phase.Initrd);
        IReadOnlyList<Signal> waits = [.. Facts.FailedWaits(boot)
            .Where(signal => Names.TpmNode(signal.Subject) is "tpm0" or "tpmrm0" && signal.Phase != Phase.Initrd)];
        Signal? wait = waits.FirstOrDefault() ?? boot.Find(SignalKind.SaysNode);
        return renumbered is null || wait is null ? null : Verdict.Of(
            this, Severity.Stall, waits.Count > 0 ? Confidence.Certain : Confidence.Likely, Phase.Host,
            "After the transition the TPM came back as tpm1, because the initrd's tpm0 is still held; everything waits for " +
            "/dev/tpm0, which does not come.",
            "Stop the process behind the initrd's TPM, and close every use of it, before the transition (systemd pull request " +
            "42944 does it for its software TPM).",
            boot.Find(SignalKind.DeviceFound, found => Names.TpmNode(found.Subject) is not null), renumbered, wait) with
        {
            Seconds = Facts.Longest(boot, waits),
        };
    }
}
