// SPDX-License-Identifier: MIT

using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// IMA starts before late drivers; a TPM that comes afterwards is not used by it, and PCR 10 stays empty
/// (security/integrity/ima/ima_init.c). Report: https://github.com/OP-TEE/optee_os/issues/7248.
/// </summary>
internal sealed class ImaBeforeTpmRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.ImaBeforeTpm;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? bypass = boot.Find(SignalKind.ImaBypass);
        Signal? later = bypass is null ? null
            : Facts.TpmAppeared(boot) ?? boot.Of(SignalKind.FtpmDriver, SignalKind.FtpmOpenFailed, SignalKind.TpmNodeRenumbered).FirstOrDefault();
        return bypass is null || later is null ? null : Verdict.Of(
            this, Severity.Note, Confidence.Certain, Phase.Kernel,
            "IMA started before the TPM's driver, so it runs without a TPM and PCR 10 stays empty.",
            "If you need IMA's measurements in the TPM: build the TPM's driver (and what it needs) into the kernel; a firmware " +
            "TPM that needs a supplicant comes too late in any case.",
            bypass, later);
    }
}
