// SPDX-License-Identifier: MIT

using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Network;

namespace TpmReady.Supplicant.Sockets;

/// <summary>
/// Waits for peers, in a bounded number of threads: a TA may wait for ever, and its client may be killed meanwhile, but
/// the requests of others, and the one that ends the wait, must still find a thread.
/// </summary>
/// <param name="operations">The system calls.</param>
/// <param name="limit">The most threads that may wait.</param>
internal sealed class SocketWaits(ISocketOperations operations, int limit)
{
    private const int PauseMilliseconds = 10;
    private int _waiting;
    private volatile bool _aborted;

    /// <summary>Whether the program is about to end.</summary>
    public bool IsAborted => _aborted;

    /// <summary>How many threads wait now.</summary>
    public int Count => Volatile.Read(ref _waiting);

    /// <summary>From now on no wait lasts. Those that do must be woken: <see cref="SocketTable.Wake"/>.</summary>
    public void Abort() => _aborted = true;

    /// <summary>Claims one of the places for waiting threads.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _waiting) <= limit)
        {
            return true;
        }

        Leave();
        return false;
    }

    /// <summary>Gives the place back.</summary>
    public void Leave() => Interlocked.Decrement(ref _waiting);

    /// <summary>Waits until a socket is ready.</summary>
    /// <param name="socket">The socket, acquired, so that its descriptor stays.</param>
    /// <param name="events">POLLIN or POLLOUT.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="hasError">Whether the socket has an error to tell, or is shut.</param>
    public WaitOutcome Wait(SocketEntry socket, short events, Deadline deadline, out bool hasError)
    {
        int remaining = deadline.Remaining;
        if (remaining == 0 || TryEnter())
        {
            try
            {
                return Poll(socket, events, deadline, remaining, out hasError);
            }
            finally
            {
                if (remaining != 0)
                {
                    Leave();
                }
            }
        }

        WaitOutcome outcome = Poll(socket, events, Deadline.After(0), 0, out hasError);
        return outcome == WaitOutcome.TimedOut ? WaitOutcome.TooMany : outcome;
    }

    /// <summary>
    /// The kernel said that a socket was ready, then that it was not: out of memory, it does so. Without a pause that
    /// would be a busy loop.
    /// </summary>
    public static void Pause() => Thread.Sleep(PauseMilliseconds);

    private WaitOutcome Poll(
        SocketEntry socket, short events, Deadline deadline, int remaining, out bool hasError)
    {
        while (true)
        {
            int result = operations.Poll(socket.Descriptor, events, remaining, out short returned);
            hasError = (returned & (Libc.POLLERR | Libc.POLLHUP)) != 0;
            if (_aborted || socket.IsClosing)
            {
                return WaitOutcome.Closed;
            }

            if (result > 0)
            {
                return WaitOutcome.Ready;
            }

            // Interrupted, or poll's own limit was shorter than the deadline.
            remaining = deadline.Remaining;
            if (remaining == 0)
            {
                return WaitOutcome.TimedOut;
            }

            if (result < 0 && result != -Errno.EINTR)
            {
                Pause();
            }
        }
    }
}
