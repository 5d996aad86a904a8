// SPDX-License-Identifier: MIT

using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The module of the TPM's driver does not exist for the kernel that runs.
/// </summary>
internal sealed class ModuleMissingRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.ModuleMissing;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? missing = boot.Find(SignalKind.ModuleMissing, signal =>
            signal.Phase is not (Phase.Initrd or Phase.SwitchRoot) && Names.Has(signal.Subject, "tpm") && !IsInitrd(signal.Text) &&
            !Names.Has(signal.Text, "Failed to find module"));
        return missing is null || Facts.TpmAppeared(boot) is { } seen && missing.IsBefore(seen) ? null : Verdict.Of(
            this, Severity.Fatal, Confidence.Certain, Phase.Host,
            $"The kernel that runs has no module {missing.Subject}, so the TPM has no driver.",
            "Install the modules of the running kernel (after an update: reboot), or build the kernel with this driver.",
            boot.All(SignalKind.ModuleMissing).Take(2).Concat(Facts.FailedWaits(boot).Take(2)));
    }

    private static bool IsInitrd(string text) =>
        Names.Has(text, "initrd") || Names.Has(text, "initramfs") || Names.Has(text, "dracut") || Names.Has(text, "mkinitcpio");
}
