// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Probing;
using TpmReady.Readiness.Waiting;

namespace TpmReady.Readiness.Tests;

/// <summary>A machine whose states follow one another, one a pause; the last one stays.</summary>
internal sealed class ScriptedMachine(params MachineFacts[] states) : IGateMachine
{
    private int _pauses;

    public TimeSpan PauseLength { get; init; } = TimeSpan.FromMilliseconds(50);

    public Queue<ProbeOutcome> Outcomes { get; } = new();

    public int Asked { get; private set; }

    public int Pauses => _pauses;

    public List<string> Reports { get; } = [];

    public TimeSpan Elapsed => PauseLength * _pauses;

    public MachineFacts ReadFacts() => states[int.Min(_pauses, states.Length - 1)];

    public ProbeOutcome Ask()
    {
        Asked++;
        return Outcomes.Count > 1 ? Outcomes.Dequeue() : Outcomes.Peek();
    }

    public void Pause() => _pauses++;

    public void Report(string status) => Reports.Add(status);
}
