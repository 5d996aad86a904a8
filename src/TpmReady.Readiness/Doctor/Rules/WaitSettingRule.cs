// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>Words on the kernel command line that switch off what makes the TPM ready in time.</summary>
internal sealed class WaitSettingRule : IRule
{
    private const string Source = "proc/cmdline";

    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        WaitSettings settings = WaitSettings.From(installation.Facts.CommandLine);
        if (settings.Mistake is { } mistake)
        {
            yield return new Problem(
                "wait-misspelt", Severity.Warning, $"{mistake}, so it is ignored.",
                "Write yes, no, auto or a number of seconds.", [new Evidence(Source, mistake)]);
        }

        if (!installation.IsForFirmwareTpm)
        {
            yield break;
        }

        if (settings.Mode == WaitMode.Off)
        {
            yield return new Problem(
                "wait-off", Severity.Warning,
                "tpmready.wait=no stands on the kernel command line: nothing starts the supplicant in time.",
                "Remove it from the kernel command line.", [new Evidence(Source, "tpmready.wait=no")]);
        }

        if (settings.SystemdWait is false)
        {
            yield return new Problem(
                "wait-off", Severity.Warning,
                "systemd.tpm2_wait=no stands on the kernel command line: users of the TPM start before it works, and "
                + "may be skipped.",
                "Remove it from the kernel command line.", [new Evidence(Source, "systemd.tpm2_wait=no")]);
        }
    }
}
