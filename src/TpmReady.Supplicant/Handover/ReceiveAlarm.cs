// SPDX-License-Identifier: MIT

using System;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Server;

namespace TpmReady.Supplicant.Handover;

/// <summary>While it lives, the thread that made it cannot block in RECV for longer than a moment.</summary>
/// <remarks>
/// A signal that comes before RECV blocks is lost, so there is more than one. WakeSignal must be installed.
/// </remarks>
internal sealed class ReceiveAlarm : IDisposable
{
    // Long enough to arm the next RECV, short against everything that waits.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(2);

    private readonly ManualResetEventSlim _ended = new();
    private readonly Thread _thread;

    public ReceiveAlarm()
    {
        int receiver = Libc.GetThreadId();
        _thread = new Thread(() =>
        {
            while (!_ended.Wait(Interval))
            {
                WakeSignal.Send(receiver);
            }
        })
        {
            IsBackground = true,
            Name = "alarm",
        };
        _thread.Start();
    }

    /// <summary>No signal comes any more when this returns.</summary>
    public void Dispose()
    {
        _ended.Set();
        _thread.Join();
        _ended.Dispose();
    }
}
