// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Generation;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>
/// The initrd lacks something that the TPM needs there. It needs nothing there unless a volume is unlocked by the TPM.
/// </summary>
internal sealed class InitrdIncompleteRule : IRule
{
    private static readonly string[] Pieces =
    [
        "tee-supplicant", "tpmready-generator", "tpmready-gate", "tpmready-driver", "tee-supplicant@.service",
        "tpmready-gate@.service", "tpmready-driver@.service",
    ];

    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        if (!installation.IsForFirmwareTpm || installation.Initrd is not { } initrd)
        {
            yield break;
        }

        List<string> missing = [];
        foreach (string piece in Pieces)
        {
            if (!initrd.Names.Contains(piece))
            {
                missing.Add(piece);
            }
        }

        bool hasNone = missing.Count == Pieces.Length;
        foreach (string module in (ReadOnlySpan<string>)[TpmDrivers.OpteeModule, TpmDrivers.FirmwareTpmModule])
        {
            if (installation.Modules.StateOf(module) != ModuleState.BuiltIn && !initrd.HasModule(module))
            {
                missing.Add(module);
            }
        }

        bool isNeeded = false;
        foreach (EncryptedVolume volume in installation.Volumes)
        {
            isNeeded |= volume.UsesTpm;
        }

        if (missing.Count > 0 && (isNeeded || !hasNone))
        {
            yield return new Problem(
                "initrd-incomplete",
                isNeeded ? Severity.Error : Severity.Warning,
                $"The initrd lacks {string.Join(", ", missing)}"
                + (isNeeded ? ", and a volume is to be unlocked by the TPM." : "."),
                "Put them into the initrd and build it anew (dracut --force, or update-initramfs -u).",
                [new Evidence(initrd.Image, "listed")]);
        }
    }
}
