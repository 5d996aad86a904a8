// SPDX-License-Identifier: MIT

using System;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Probing;
using TpmReady.Readiness.Waiting;

namespace TpmReady.Readiness.Inspection;

/// <summary>A root that is not the running machine's: an image, or a recorded tree. Nothing in it can be asked.</summary>
internal sealed class TreeMachine(FactTree tree) : IGateMachine
{
    public TimeSpan Elapsed => TimeSpan.Zero;

    public MachineFacts ReadFacts() => FactReader.Read(
        tree, MachineContext.Read(tree, static _ => null), FactScope.Holders | FactScope.WholeDeviceTree);

    public ProbeOutcome Ask() => ProbeOutcome.Pending;

    public void Pause()
    {
    }

    public void Report(string status)
    {
    }
}
