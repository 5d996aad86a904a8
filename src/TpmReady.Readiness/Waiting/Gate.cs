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

    /// <summary>What is waited for.</summary>
    public WaitGoal Goal { get; init; } = WaitGoal.Order;

    /// <summary>For <see cref="WaitGoal.Use"/>: the N of the <c>tpmrmN</c> that is wanted; null for any.</summary>
    public int? Number { get; init; }

    /// <summary>The last decision.</summary>
    public Decision? Decision { get; private set; }

    /// <summary>The facts that it was made from.</summary>
    public MachineFacts? Facts { get; private set; }

    /// <summary>Waits.</summary>
    public GateExit Run()
    {
        ProbeOutcome? probe = null;
        while (true)
        {
            Facts = machine.ReadFacts();
            Decision = Goal == WaitGoal.Use ? TpmUse.Decide(Facts, probe, isWanted: true) : Decide.About(Facts, probe);
            GateExit? exit = Goal == WaitGoal.Use ? JudgeUse(Facts, Decision) : JudgeOrder(Decision);
            if (exit is { } end)
            {
                return end;
            }

            if (Decision.Cause is Cause.NotAsked or Cause.AnswerPending)
            {
                probe = machine.Ask();
            }

            if (probe is null or { Result: ProbeResult.Pending } || Decision.Cause is Cause.Answered)
            {
                if (machine.Elapsed >= (limit ?? WaitSettings.From(Facts.CommandLine).Limit ?? DefaultLimit))
                {
                    return GateExit.TimedOut;
                }

                Report(Decision.Reason);
                machine.Pause();
            }
        }
    }

    private static GateExit? JudgeOrder(Decision decision) => decision switch
    {
        { Verdict: Verdict.NotOurs } or { Cause: Cause.Answered } => GateExit.Ready,
        { Verdict: Verdict.CannotCome } => GateExit.CannotCome,
        { Verdict: Verdict.Dead } => GateExit.Dead,
        _ => null,
    };

    private GateExit? JudgeUse(MachineFacts facts, Decision decision)
    {
        switch (TpmUse.Judge(facts, decision, Number))
        {
            case Availability.Usable:
                return GateExit.Ready;
            case Availability.Absent:
                return GateExit.CannotCome;
            case Availability.Broken:
                return GateExit.Dead;
            case Availability.NotPermitted:
                Decision = decision.Cause is Cause.NotPermitted ? decision : decision with
                {
                    Cause = Cause.NotPermitted,
                    Reason = "Only root can see whether a supplicant serves; nothing was asked.",
                };
                return GateExit.NotPermitted;
            default:
                if (decision.IsFinal && Number is { } number)
                {
                    Decision = decision with
                    {
                        Reason = string.Create(CultureInfo.InvariantCulture, $"tpmrm{number} is not there yet."),
                    };
                }

                return null;
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
