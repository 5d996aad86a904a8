// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Readiness.Generation;

/// <summary>A volume that systemd-cryptsetup@.service unlocks.</summary>
/// <param name="Name">Its name below <c>/dev/mapper</c>.</param>
/// <param name="Source">The encrypted device, as crypttab or the command line has it.</param>
/// <param name="Options">Its options, separated by commas.</param>
public sealed record EncryptedVolume(string Name, string Source, string Options)
{
    /// <summary>Whether the TPM is to unlock it.</summary>
    public bool UsesTpm
    {
        get
        {
            foreach (string option in Options.Split(','))
            {
                if (option.StartsWith("tpm2-device=", StringComparison.Ordinal)
                    && option.Length > "tpm2-device=".Length)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
