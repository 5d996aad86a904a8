// SPDX-License-Identifier: MIT

using System.Globalization;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;
using TpmReady.Tpm;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The TA crashed by itself: a panic with a code that does not speak of a missing supplicant, or an abort. A dump
/// alone is no failure: firmware that only tried the TPM prints one too (https://github.com/OP-
/// TEE/optee_ftpm/pull/27).
/// </summary>
internal sealed class TaPanicRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.TaPanic;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? panic = boot.Find(SignalKind.TaPanic, signal => signal.Code is not null &&
            !Facts.IsTee(signal, TeeResult.OutOfMemory, TeeResult.Communication, TeeResult.StorageNotAvailable));
        Signal? abort = boot.Find(SignalKind.TaAbort);
        if ((panic is null && abort is null) || Facts.IsOtherTa(boot) || (!Facts.HasFtpm(boot) && !boot.Has(SignalKind.TaDump)))
        {
            return null;
        }

        string code = panic is null
            ? "of a memory fault"
            : string.Create(CultureInfo.InvariantCulture, $"with code 0x{panic.Code:x8} ({TeeResultText.Name(panic.Code!.Value) ?? "unknown"})");
        return Verdict.Of(
            this, Severity.Fatal, panic is null || Facts.HasFtpm(boot) ? Confidence.Certain : Confidence.Likely, Phase.Host,
            $"The TPM's TA crashed {code}, while nothing shows that a supplicant was missing.",
            "Update OP-TEE and its fTPM, and report the call stack that follows the panic to their maintainers.",
            panic, abort, boot.Find(SignalKind.TaDump), Facts.Deaths(boot).LastOrDefault());
    }
}
