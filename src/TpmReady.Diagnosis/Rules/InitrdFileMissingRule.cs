// SPDX-License-Identifier: MIT

using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The initrd lacks something that the unlock needs: a library, a token plug-in, a rule, a unit, a user. Reports:
/// https://github.com/dracutdevs/dracut/issues/1676, https://github.com/random-archer/mkinitcpio-systemd-
/// tool/issues/98.
/// </summary>
internal sealed class InitrdFileMissingRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.InitrdFileMissing;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        Signal? plugin = boot.Find(SignalKind.TokenPluginMissing);
        Signal? file = boot.Find(SignalKind.InitrdFileMissing);
        Signal? user = boot.Find(SignalKind.ServiceUserMissing, signal => signal.Phase is Phase.Initrd or Phase.Unknown);
        Signal? unit = boot.Find(SignalKind.UnitMissing, signal => signal.Phase == Phase.Initrd);
        Signal? library = boot.Find(SignalKind.LibraryMissing, IsForUnlock);
        Signal? first = plugin ?? file ?? user ?? library;
        if (first is null)
        {
            return null;
        }

        string what = plugin is not null ? $"the token plug-in {plugin.Subject}"
            : user is not null && file is null ? $"the user of {user.Subject}"
            : library is not null && file is null ? $"the TPM library {library.Subject}"
            : "a file that the TPM's users need";
        return Verdict.Of(
            this, Severity.Degraded, Confidence.Certain, Phase.Initrd,
            $"The initrd lacks {what}, so the volume cannot be unlocked by the TPM there.",
            "Add it to the initrd (dracut: add_dracutmodules+=\" tpm2-tss \" or install_items+=; mkinitcpio: the hook sd-encrypt; " +
            "users: sysusers in the initrd) and build it again.",
            plugin, file, user, library, unit, boot.Find(SignalKind.UnlockFallback)) with
        { Phase = Phase.Initrd };
    }

    /// <summary>A library missing for the unlock is the initrd's: on the host the root is unlocked already.</summary>
    private static bool IsForUnlock(Signal signal) =>
        signal.Phase is Phase.Initrd or Phase.SwitchRoot ||
        (signal.Phase == Phase.Unknown && (Names.Has(signal.Text, "cryptsetup") || Names.Has(signal.Text, "initr") ||
            Names.Has(signal.Text, "dracut")));
}
