// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using TpmReady.Linux.Processes;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Probing;

namespace TpmReady.Readiness.Waiting;

/// <summary>The machine that we run on.</summary>
/// <param name="root">The directory that stands for <c>/</c>; only tests and images have another.</param>
/// <param name="asking">The command line by which this program becomes the process that asks
/// (<see cref="AskingProcess"/>).</param>
/// <param name="scope">What to read of the machine.</param>
/// <param name="report">Takes how things are, in one line.</param>
internal sealed class LiveMachine(
    string root, IReadOnlyList<string> asking, FactScope scope, Action<string> report) : IGateMachine, IDisposable
{
    // Facts cost about a millisecond with all processes, and a TPM that has come is used at once.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly FactTree _tree = new(root);
    private readonly long _start = Stopwatch.GetTimestamp();
    private FactScope _scope = scope;
    private DetachedChild? _child;

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    public MachineFacts ReadFacts()
    {
        MachineFacts facts = FactReader.Read(
            _tree, MachineContext.Read(_tree, Environment.GetEnvironmentVariable), _scope | FactScope.Holders);

        // A device tree without a TPM does not get one, and walking it is what costs most.
        _scope = facts.DeviceTree.Compatibles.Count == 0 ? _scope & ~FactScope.WholeDeviceTree : _scope;
        return facts;
    }

    public ProbeOutcome Ask()
    {
        _child ??= DetachedChild.Start(asking, out int error);
        if (_child is null || !_child.TryRead(Interval, out string line))
        {
            return ProbeOutcome.Pending;
        }

        if (ProbeOutcome.TryParse(line, out ProbeOutcome outcome) && outcome.Result != ProbeResult.Pending)
        {
            return outcome;
        }

        // The supplicant went away in between, so nothing was asked: later again.
        _child.Dispose();
        _child = null;
        return ProbeOutcome.Pending;
    }

    public void Pause() => Thread.Sleep(Interval);

    public void Report(string status) => report(status);

    public void Dispose()
    {
        _child?.Dispose();
        _tree.Dispose();
    }
}
