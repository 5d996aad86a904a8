// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Network;

namespace TpmReady.Supplicant.Tests.Sockets;

/// <summary>The real network, which counts the system calls and can be made to behave badly.</summary>
internal sealed unsafe class CountingSockets : ISocketOperations
{
    private readonly LinuxSocketOperations _inner = new();
    private readonly List<string> _calls = [];
    private readonly HashSet<int> _polled = [];
    private int _interruptions;

    /// <summary>Set: names are looked up at once. Reset: they last until it is set.</summary>
    public ManualResetEventSlim NameServer { get; } = new(initialState: true);

    /// <summary>Whether calls are written down.</summary>
    public bool Records { get; set; }

    /// <summary>A name that stands for addresses of the test's choice.</summary>
    public (string Name, InternetAddress[] Addresses)? Known { get; set; }

    /// <summary>How many names were looked up.</summary>
    public int Lookups { get; private set; }

    /// <summary>The descriptors that were closed while a thread was in poll with them.</summary>
    public int ClosedUnderPoll { get; private set; }

    /// <summary>How many threads are in poll.</summary>
    public int Polling
    {
        get
        {
            lock (_polled)
            {
                return _polled.Count;
            }
        }
    }

    /// <summary>The calls since the last look, in a line.</summary>
    public string TakeCalls()
    {
        lock (_calls)
        {
            string calls = string.Join(' ', _calls);
            _calls.Clear();
            return calls;
        }
    }

    /// <summary>The next polls end with EINTR.</summary>
    public void Interrupt(int count) => Volatile.Write(ref _interruptions, count);

    public int Open(int family, int type)
    {
        Record("socket");
        return _inner.Open(family, type);
    }

    public int Connect(int socket, in InternetAddress address)
    {
        Record("connect");
        return _inner.Connect(socket, address);
    }

    public int Poll(int socket, short events, int milliseconds, out short returned)
    {
        Record("poll");
        if (Interlocked.Decrement(ref _interruptions) >= 0)
        {
            Thread.Sleep(1);
            returned = 0;
            return -Errno.EINTR;
        }

        lock (_polled)
        {
            _polled.Add(socket);
        }

        int result = _inner.Poll(socket, events, milliseconds, out returned);
        lock (_polled)
        {
            _polled.Remove(socket);
        }

        return result;
    }

    public nint Send(int socket, byte* buffer, nuint length)
    {
        Record("send");
        return _inner.Send(socket, buffer, length);
    }

    public nint Receive(int socket, byte* buffer, nuint length, bool wholeSize)
    {
        Record("recv");
        return _inner.Receive(socket, buffer, length, wholeSize);
    }

    public int GetPending(int socket)
    {
        Record("ioctl");
        return _inner.GetPending(socket);
    }

    public int GetError(int socket)
    {
        Record("getsockopt");
        return _inner.GetError(socket);
    }

    public int SetBufferSize(int socket, bool ofReceiver, int bytes)
    {
        Record("setsockopt");
        return _inner.SetBufferSize(socket, ofReceiver, bytes);
    }

    public int Shutdown(int socket)
    {
        Record("shutdown");
        return _inner.Shutdown(socket);
    }

    public int Close(int socket)
    {
        Record("close");
        lock (_polled)
        {
            ClosedUnderPoll += _polled.Contains(socket) ? 1 : 0;
        }

        return _inner.Close(socket);
    }

    public int Resolve(byte* host, int family, int type, bool numericOnly, InternetAddress* target, int capacity)
    {
        if (numericOnly)
        {
            return _inner.Resolve(host, family, type, numericOnly, target, capacity);
        }

        Lookups++;
        NameServer.Wait();
        InternetAddress[] found = LookUp(new string((sbyte*)host), family);
        found.CopyTo(new Span<InternetAddress>(target, capacity));
        return found.Length == 0 ? -1 : found.Length;
    }

    private InternetAddress[] LookUp(string name, int family) =>
        Known is (string known, InternetAddress[] all) && string.Equals(name, known, StringComparison.Ordinal)
            ? [.. all.Where(address => family == 0 || address.Family == family)]
            : [];

    private void Record(string call)
    {
        if (Records)
        {
            lock (_calls)
            {
                _calls.Add(call);
            }
        }
    }
}
