// SPDX-License-Identifier: MIT

using System;
using System.Threading;
using TpmReady.Linux.Network;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Sockets;

/// <summary>
/// Finds a host's addresses in bounded time. getaddrinfo(3) cannot be interrupted and asks each name server several
/// times, so a name is looked up on a thread of its own, which is left behind when the time is over.
/// </summary>
/// <param name="operations">The system calls.</param>
/// <param name="waits">The bound on threads that wait.</param>
/// <param name="limit">The most names that are looked up at once, those left behind included.</param>
internal sealed unsafe class HostResolver(ISocketOperations operations, SocketWaits waits, int limit)
{
    /// <summary>The most addresses of one host that are tried.</summary>
    public const int MaximumAddresses = 8;

    // glibc's resolver and its plug-ins (nsswitch.conf) keep their buffers on the stack.
    private const int StackSize = 512 << 10;

    private readonly object _gate = new();
    private int _running;

    /// <summary>Reads an address in numbers, as getaddrinfo(3) understands them. Never waits.</summary>
    /// <param name="host">The host, NUL-terminated.</param>
    /// <param name="family">AF_UNSPEC, AF_INET or AF_INET6.</param>
    /// <param name="type">SOCK_STREAM or SOCK_DGRAM.</param>
    /// <param name="target">Room for <see cref="MaximumAddresses"/>.</param>
    /// <returns>The number of addresses; 0 if this is a name.</returns>
    public int Parse(ReadOnlySpan<byte> host, int family, int type, Span<InternetAddress> target)
    {
        fixed (byte* bytes = host)
        fixed (InternetAddress* found = target)
        {
            return Math.Max(operations.Resolve(bytes, family, type, numericOnly: true, found, target.Length), 0);
        }
    }

    /// <summary>Looks a name up.</summary>
    /// <param name="name">The name, without a NUL.</param>
    /// <param name="family">AF_UNSPEC, AF_INET or AF_INET6.</param>
    /// <param name="type">SOCK_STREAM or SOCK_DGRAM.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="target">Room for <see cref="MaximumAddresses"/>.</param>
    /// <param name="count">How many were found.</param>
    public TeeResult LookUp(
        ReadOnlySpan<byte> name,
        int family,
        int type,
        Deadline deadline,
        Span<InternetAddress> target,
        out int count)
    {
        count = 0;
        if (!waits.TryEnter())
        {
            return TeeResult.SocketOutOfResources;
        }

        try
        {
            HostLookup lookup = new(name, family, type);
            if (!TryStart(lookup))
            {
                return TeeResult.SocketOutOfResources;
            }

            if (!Wait(lookup, deadline))
            {
                return waits.IsAborted ? TeeResult.Communication : TeeResult.SocketTimeout;
            }

            lookup.Found.CopyTo(target);
            count = lookup.Found.Length;
            return count == 0 ? TeeResult.SocketHostname : TeeResult.Success;
        }
        finally
        {
            waits.Leave();
        }
    }

    /// <summary>Ends the waits of those who asked. Lookups themselves cannot be ended.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    private bool TryStart(HostLookup lookup)
    {
        lock (_gate)
        {
            if (_running == limit)
            {
                return false;
            }

            _running++;
        }

        try
        {
            new Thread(() => Run(lookup), StackSize) { IsBackground = true, Name = "resolver" }.Start();
            return true;
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            End(lookup);
            return false;
        }
    }

    private void Run(HostLookup lookup)
    {
        try
        {
            lookup.Run(operations);
        }
        finally
        {
            End(lookup);
        }
    }

    private void End(HostLookup lookup)
    {
        lock (_gate)
        {
            _running--;
            lookup.IsDone = true;
            Monitor.PulseAll(_gate);
        }
    }

    private bool Wait(HostLookup lookup, Deadline deadline)
    {
        lock (_gate)
        {
            while (!lookup.IsDone && !waits.IsAborted)
            {
                int remaining = deadline.Remaining;
                if (remaining == 0)
                {
                    break;
                }

                Monitor.Wait(_gate, remaining);
            }

            return lookup.IsDone;
        }
    }
}
