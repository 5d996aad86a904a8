// SPDX-License-Identifier: MIT

using System;
using System.Runtime.InteropServices;
using System.Threading;
using TpmReady.Linux.Interop;

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>
/// SIGTERM and SIGINT ask for an orderly end, a second one ends at once. SIGUSR1 asks for a report, SIGUSR2
/// switches the tracing of requests on and off. SIGHUP does nothing: losing a terminal must not take the TEE's storage
/// away.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    // What a shell reports for a death by SIGTERM.
    private const int StatusOfSecond = 128 + Libc.SIGTERM;

    // SIGUSR1 and SIGUSR2 on every architecture that .NET runs on.
    private const int UserSignal = 10;
    private const int SecondUserSignal = 12;

    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Takes the signals over.</summary>
    public StopSignals()
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, static context => context.Cancel = true),
            PosixSignalRegistration.Create((PosixSignal)UserSignal, Report),
            PosixSignalRegistration.Create((PosixSignal)SecondUserSignal, Trace),
        ];
    }

    /// <summary>Set when the process shall end.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>Set when a report is wanted.</summary>
    public AutoResetEvent ReportWanted { get; } = new(initialState: false);

    /// <summary>Set when the tracing of requests shall begin or end.</summary>
    public AutoResetEvent TraceWanted { get; } = new(initialState: false);

    /// <summary>Set when the device is lost. Comes from within, unlike the rest.</summary>
    public ManualResetEvent DeviceLost { get; } = new(initialState: false);

    /// <summary>Set when a successor knocks.</summary>
    public AutoResetEvent VisitorCame { get; } = new(initialState: false);

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
        ReportWanted.Dispose();
        TraceWanted.Dispose();
        DeviceLost.Dispose();
        VisitorCame.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_stop.IsCancellationRequested)
        {
            Libc.ExitNow(StatusOfSecond);
        }

        _stop.Cancel();
    }

    private void Trace(PosixSignalContext context)
    {
        context.Cancel = true;
        TraceWanted.Set();
    }

    private void Report(PosixSignalContext context)
    {
        context.Cancel = true;
        ReportWanted.Set();
    }
}
