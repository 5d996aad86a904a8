// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Globalization;
using TpmReady.Readiness.Decisions;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>systemd has tpm2.target since version 256; before, the gate names the users of the TPM itself.</summary>
internal sealed class TargetMissingRule : IRule
{
    private const int Since = 256;

    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        bool isMissing = installation.Find("tpm2.target") is not { IsThere: true };
        if (!installation.IsForFirmwareTpm || !isMissing || installation.SystemdVersion is not { } version)
        {
            yield break;
        }

        Evidence evidence = new("usr/lib/systemd/system/tpm2.target", "does not exist");
        yield return version < Since
            ? new Problem(
                "tpm2-target-missing",
                Severity.Note,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"systemd {version} has no tpm2.target: services of others that use the TPM are not ordered."),
                "Order them by After=tpmready-gate@teepriv0.service, or use systemd 256 or newer.",
                [evidence])
            : new Problem(
                "tpm2-target-missing",
                Severity.Warning,
                string.Create(CultureInfo.InvariantCulture, $"systemd {version} has tpm2.target, and it is not here."),
                "Install the rest of systemd; some distributions have a package systemd-tpm for it.",
                [evidence]);
    }
}
