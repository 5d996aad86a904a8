// SPDX-License-Identifier: MIT

using System;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Probing;
using TpmReady.Readiness.Waiting;

namespace TpmReady.Readiness.Inspection;

/// <summary>One look at a machine: facts, decision, and the TPM's answer where it may be asked.</summary>
/// <param name="Facts">The facts.</param>
/// <param name="Decision">What they say.</param>
/// <param name="Availability">Whether the TPM can be used.</param>
internal sealed record Look(MachineFacts Facts, Decision Decision, Availability Availability)
{
    /// <summary>How long an answer is waited for; a TPM that works takes milliseconds.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Looks. The TPM is asked only if it is a served firmware TPM: <see cref="Cause.NotAsked"/> is decided of no other,
    /// and who asks proves it once more.
    /// </summary>
    /// <param name="machine">The machine.</param>
    /// <param name="mayAsk">False for a root that is not the running machine's.</param>
    public static Look At(IGateMachine machine, bool mayAsk)
    {
        ProbeOutcome? probe = null;
        while (true)
        {
            MachineFacts facts = machine.ReadFacts();
            Decision decision = TpmUse.Decide(facts, probe, isWanted: false);
            bool isOpen = decision.Cause is Cause.NotAsked or Cause.AnswerPending;
            if (!mayAsk || !isOpen || machine.Elapsed >= Patience)
            {
                return new Look(facts, decision, TpmUse.Judge(facts, decision));
            }

            if (probe is not null)
            {
                machine.Pause();
            }

            probe = machine.Ask();
        }
    }
}
