// SPDX-License-Identifier: MIT

using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The firmware's TPM protocol is older than what the boot loader asks of it. Reports:
/// https://github.com/systemd/systemd/issues/39150, https://github.com/systemd/systemd/issues/38932.
/// </summary>
internal sealed class FirmwareProtocolTooOldRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.FirmwareProtocolTooOld;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? old = boot.Find(SignalKind.FirmwareProtocolOld);
        return old is null ? null : Verdict.Of(
            this, Severity.Degraded, Confidence.Certain, Phase.Firmware,
            "The firmware speaks an old TPM protocol that cannot tell its active PCR banks, so the boot loader reports none " +
            "and systemd takes the TPM for unused.",
            "Update the firmware; or use systemd-boot and systemd-stub of a release that treats this firmware as before " +
            "(systemd issue 39150).",
            old, boot.Find(SignalKind.PartialTpmSupport)) with
        { Phase = Phase.Firmware };
    }
}
