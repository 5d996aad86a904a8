// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Channel;
using TpmReady.Supplicant.Logging;

namespace TpmReady.Supplicant.Server;

/// <content>The threads: what one does from begin to end, and how many there are.</content>
public sealed partial class SupplicantServer
{
    // Plug-ins and name resolution are C code of unknown appetite; measured, ours takes a small part of this.
    private const int StackSize = 256 << 10;
    private const int FirstPauseMilliseconds = 10;
    private const int LongestPauseMilliseconds = 1000;

    private void StartWorker(Worker worker)
    {
        StartThread(worker, () => Run(worker));
    }

    private void StartThread(Worker worker, ThreadStart run)
    {
        Statistics.AddThread();
        try
        {
            new Thread(run, StackSize) { IsBackground = true, Name = "receiver" }.Start();
        }
        catch
        {
            Statistics.RemoveThread();
            worker.Leave();
            throw;
        }
    }

    /// <summary>One thread. It counts as a receiver when it starts.</summary>
    private void Run(Worker worker)
    {
        worker.Enter();
        Receive(worker, goesOn: true);
        worker.Leave();
        EndThread();
    }

    private void Receive(Worker worker, bool goesOn)
    {
        int pause = FirstPauseMilliseconds;
        while (goesOn && TryReceive(worker, out RpcFrame frame, out int error))
        {
            if (error == Errno.Success)
            {
                pause = FirstPauseMilliseconds;
                _dispatcher.Serve(worker.Slot, frame);
                goesOn = ReturnToReceivers();
            }
            else
            {
                goesOn = SurviveReceiveError(error, ref pause);
            }
        }
    }

    /// <summary>Receives once.</summary>
    /// <returns>False if the server stops; nothing was received then.</returns>
    private bool TryReceive(Worker worker, out RpcFrame frame, out int error)
    {
        // The order matters: first say that we receive, then look whether to stop. Drain does the opposite.
        worker.IsReceiving = true;
        if (_stopping)
        {
            worker.IsReceiving = false;
            Interlocked.Decrement(ref _receivers);
            frame = default;
            error = Errno.Success;
            return false;
        }

        if (!_armed)
        {
            lock (_changed)
            {
                ArmedSince = Stopwatch.GetTimestamp();
                _armed = true;
                Monitor.PulseAll(_changed);
            }
        }

        error = _channel.Receive(worker.Slot, out frame);
        if (error == Errno.Success)
        {
            // Counted before we leave RECV, so that Drain never sees neither.
            Statistics.Begin();
            int left = Interlocked.Decrement(ref _receivers);
            worker.IsReceiving = false;
            if (left < _limits.MinimumReceivers && _channel.Mode == ChannelMode.Asynchronous)
            {
                Grow();
            }
        }
        else
        {
            worker.IsReceiving = false;
        }

        return true;
    }

    /// <summary>Whether the thread receives again, or ends because enough others do.</summary>
    private bool ReturnToReceivers()
    {
        if (Volatile.Read(ref _receivers) >= _limits.MaximumReceivers)
        {
            return false;
        }

        // Two receivers and not one end a saturation: at the very limit it would otherwise be reported again and again.
        if (Interlocked.Increment(ref _receivers) >= 2)
        {
            Volatile.Write(ref _isSaturated, 0);
        }

        return true;
    }

    /// <summary>
    /// Starts threads until enough wait for a request, before the request at hand is served: it may last.
    /// </summary>
    private void Grow()
    {
        lock (_growing)
        {
            while (Volatile.Read(ref _receivers) < _limits.MinimumReceivers && !_stopping)
            {
                Worker? free = Array.Find(_workers, static worker => worker.TryTake());
                if (free is null)
                {
                    ReportSaturation();
                    return;
                }

                Interlocked.Increment(ref _receivers);
                try
                {
                    StartWorker(free);
                }
                catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
                {
                    Interlocked.Decrement(ref _receivers);
                    _log.Write(LogLevel.Error, $"a thread cannot be started ({exception.Message}); the others go on");
                    return;
                }
            }
        }
    }

    /// <summary>Once for each time that the last receiver is taken, not for each request meanwhile.</summary>
    private void ReportSaturation()
    {
        if (Volatile.Read(ref _receivers) == 0 && Interlocked.Exchange(ref _isSaturated, 1) == 0)
        {
            _log.Write(
                LogLevel.Warning, $"all {_workers.Length} threads serve requests; further ones wait (--max-threads)");
        }
    }

    /// <summary>Decides what an error of RECV means.</summary>
    /// <returns>Whether the thread goes on.</returns>
    private bool SurviveReceiveError(int error, ref int pause)
    {
        switch (error)
        {
            case Errno.EINTR:
                return true;
            case Errno.ENODEV or Errno.EBADF or Errno.ENOTTY:
                Interlocked.Decrement(ref _receivers);
                Fail(error);
                return false;
            default:
                Statistics.AddReceiveError();
                if (pause < LongestPauseMilliseconds)
                {
                    _log.Write(LogLevel.Warning, $"no request can be received now: {Errno.Name(error)}; trying again");
                }

                Pause(pause);
                pause = Math.Min(pause * 2, LongestPauseMilliseconds);
                return true;
        }
    }

    private void Pause(int milliseconds)
    {
        lock (_changed)
        {
            if (!_stopping)
            {
                Monitor.Wait(_changed, milliseconds);
            }
        }
    }
}
