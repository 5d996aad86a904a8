// SPDX-License-Identifier: MIT

using System;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Probing;

namespace TpmReady.Readiness.Decisions;

/// <summary>From facts to a decision. Pure: the same facts give the same decision, and nothing is touched.</summary>
public static class Decide
{
    /// <summary>Decides.</summary>
    /// <param name="facts">What is known.</param>
    /// <param name="probe">What the TPM answered, if it was asked.</param>
    /// <param name="settings">What the administrator said.</param>
    public static Decision About(MachineFacts facts, ProbeOutcome? probe = null, WaitSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(facts);
        settings ??= WaitSettings.From(facts.CommandLine);
        if (facts.Context.IsContainer)
        {
            return new Decision(
                Verdict.NotOurs, TpmKind.None, Cause.Container,
                "This is a container; its TPM is the host's affair.", []);
        }

        if (settings.Mode == WaitMode.Off)
        {
            return new Decision(
                Verdict.NotOurs, TpmKind.Unknown, Cause.TurnedOff,
                "tpmready.wait=no stands on the kernel command line.",
                [new Evidence("proc/cmdline", "tpmready.wait=no")]);
        }

        return FirmwareTpmRules.Decide(facts, probe, settings)
            ?? RegisteredTpmRules.Decide(facts)
            ?? ClaimedTpmRules.Decide(facts);
    }
}
