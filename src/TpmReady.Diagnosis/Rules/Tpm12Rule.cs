// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The chip is a TPM 1.2: it has a /dev/tpm0 and never a /dev/tpmrm0. Report:
/// https://github.com/systemd/systemd/issues/33077.
/// </summary>
internal sealed class Tpm12Rule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.Tpm12;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? chip = boot.Find(SignalKind.TpmChip, signal => signal.Subject is "1.2");
        Signal? said = boot.Find(SignalKind.SaysTpm12);
        IReadOnlyList<Signal> waits = Facts.FailedWaits(boot);
        Signal? table = waits.Count > 0 && !boot.Has(SignalKind.FirmwareTpm2) ? boot.Find(SignalKind.FirmwareTpm12) : null;
        if ((chip is null && said is null && table is null) ||
            boot.Find(SignalKind.TpmChip, signal => signal.Subject is "2.0") is not null)
        {
            return null;
        }

        bool wanted = waits.Count > 0 || said is not null || boot.Find(SignalKind.NodeAbsent, signal =>
            Names.Has(signal.Text, "tpmrm0")) is not null;
        return Verdict.Of(
            this, wanted ? Severity.Stall : Severity.Note, chip is not null ? Confidence.Certain : Confidence.Likely, Phase.Kernel,
            wanted
                ? "The chip is a TPM 1.2, which has no /dev/tpmrm0; what waits for a TPM 2.0 waits in vain."
                : "The chip is a TPM 1.2; nothing that needs a TPM 2.0 can use it.",
            "Boot with systemd.tpm2_wait=0 (fixed in systemd 256 final), or switch the chip to 2.0 or off in the firmware.",
            Finding.Lines([chip, said, table, .. waits.Take(2)])) with
        { Seconds = Facts.Longest(boot, waits) };
    }
}
