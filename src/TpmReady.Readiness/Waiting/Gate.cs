// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Probing;

namespace TpmReady.Readiness.Waiting;

/// <summary>
/// Waits until the TPM works. It asks the TPM once, and only after a supplicant is known to serve; it gives up at once
/// when waiting is in vain, and says why.
/// </summary>
internal sealed class Gate(IGateMachine machine, TimeSpan? limit)
{
    /// <summary>
    /// How long it waits if nobody says otherwise. The first boot of a firmware TPM makes its keys and its whole store,
    /// which takes up to a minute on a slow RPMB.
    /// </summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(90);

    private string? _reported;

    /// <summary>The last decision.</summary>
    public Decision? Decision { get; private set; }

    /// <summary>Waits.</summary>
    public GateExit Run()
    {
        ProbeOutcome? probe = null;
        while (true)
        {
            MachineFacts facts = machine.ReadFacts();
            WaitSettings settings = WaitSettings.From(facts.CommandLine);
            Decision = Decide.About(facts, probe, settings);
            switch (Decision)
            {
                case { Verdict: Verdict.NotOurs } or { Cause: Cause.Answered }:
                    return GateExit.Ready;
                case { Verdict: Verdict.CannotCome }:
                    return GateExit.CannotCome;
                case { Verdict: Verdict.Dead }:
                    return GateExit.Dead;
                case { Cause: Cause.NotAsked or Cause.AnswerPending }:
                    probe = machine.Ask();
                    break;
            }

            if (probe is null or { Result: ProbeResult.Pending })
            {
                if (machine.Elapsed >= (limit ?? settings.Limit ?? DefaultLimit))
                {
                    return GateExit.TimedOut;
                }

                Report(Decision.Reason);
                machine.Pause();
            }
        }
    }

    /// <summary>The status says for how long, but a change a second is enough for people.</summary>
    private void Report(string reason)
    {
        int seconds = (int)machine.Elapsed.TotalSeconds;
        string status = seconds == 0
            ? reason
            : string.Create(CultureInfo.InvariantCulture, $"{reason} ({seconds} s)");
        if (!string.Equals(status, _reported, StringComparison.Ordinal))
        {
            _reported = status;
            machine.Report(status);
        }
    }
}
