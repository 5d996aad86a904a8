// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.Threading;
using TpmReady.Boot.Processes;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Probing;
using TpmReady.Readiness.Waiting;
using TpmReady.Systemd;

namespace TpmReady.Boot.Gate;

/// <summary>The machine that we run on.</summary>
internal sealed class LiveMachine(ServiceNotifier notifier) : IGateMachine, IDisposable
{
    // Facts cost about a millisecond with all processes, and a TPM that has come is used at once.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly FactTree _tree = new(Environment.GetEnvironmentVariable("TPMREADY_ROOT") ?? "/");
    private readonly long _start = Stopwatch.GetTimestamp();
    private DetachedChild? _child;

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    public MachineFacts ReadFacts() => FactReader.Read(
        _tree, MachineContext.Read(_tree, Environment.GetEnvironmentVariable), FactScope.Holders);

    public ProbeOutcome Ask()
    {
        _child ??= DetachedChild.Start([GateCommand.Name, "--ask"], out int error);
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

    public void Report(string status) => notifier.Status(status);

    public void Dispose()
    {
        _child?.Dispose();
        _tree.Dispose();
    }
}
