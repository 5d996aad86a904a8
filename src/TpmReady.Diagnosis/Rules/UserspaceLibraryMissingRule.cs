// SPDX-License-Identifier: MIT

using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// A TPM library is absent, and the TPM itself is fine. Report: https://github.com/systemd/systemd/issues/41714.
/// </summary>
internal sealed class UserspaceLibraryMissingRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.UserspaceLibraryMissing;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? missing = boot.Find(SignalKind.LibraryMissing, signal =>
            signal.Phase is not (Phase.Initrd or Phase.SwitchRoot) && !Names.Has(signal.Text, "cryptsetup"));
        return missing is null ? null : Verdict.Of(
            this, Severity.Degraded, Confidence.Certain, Phase.Host,
            $"The TPM library {missing.Subject} is not installed; the TPM itself is not at fault.",
            "Install the TPM 2.0 libraries (Debian: libtss2-esys-3.0.2-0, libtss2-rc0, libtss2-mu, libtss2-tcti-device0; " +
            "Fedora and Arch: tpm2-tss).",
            boot.All(SignalKind.LibraryMissing).Take(3));
    }
}
