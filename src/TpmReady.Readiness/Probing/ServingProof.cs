// SPDX-License-Identifier: MIT

using System.Globalization;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Probing;

/// <summary>
/// Proof that a supplicant was serving a moment ago. Nothing else makes one, and <see cref="TpmNode"/> opens no TPM
/// without one: any command, even a harmless one, may make a firmware TPM write its clock to storage, and with nobody
/// to write it the TA panics (the reference TPM's TimeUpdateToCurrent, every 4.096 s).
/// </summary>
public sealed class ServingProof
{
    private ServingProof(DeviceHolder supplicant, TpmChip chip)
    {
        Supplicant = supplicant;
        Chip = chip;
    }

    /// <summary>Who serves.</summary>
    public DeviceHolder Supplicant { get; }

    /// <summary>The TPM that may be asked.</summary>
    public TpmChip Chip { get; }

    /// <summary>The node of the TPM's resource manager.</summary>
    internal string NodePath => string.Create(CultureInfo.InvariantCulture, $"/dev/tpmrm{Chip.Number}");

    /// <summary>
    /// Looks who has the supplicant's device open, and at the threads that receive from it.
    /// </summary>
    /// <param name="facts">Facts that were read a moment ago, with holders.</param>
    /// <returns>Null unless the firmware TPM is wholly registered and a supplicant receives requests.</returns>
    public static ServingProof? Establish(MachineFacts facts)
    {
        System.ArgumentNullException.ThrowIfNull(facts);
        if (facts.FirmwareTpmChip is not { HasResourceManager: true } chip
            || SupplicantStates.Of(facts) != SupplicantState.Serving)
        {
            return null;
        }

        foreach (DeviceHolder holder in facts.Holders!)
        {
            if (holder.IsServing)
            {
                return new ServingProof(holder, chip);
            }
        }

        return null;
    }
}
