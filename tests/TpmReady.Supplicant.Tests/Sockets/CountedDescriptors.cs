// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using TpmReady.Linux.Network;

namespace TpmReady.Supplicant.Tests.Sockets;

/// <summary>
/// Descriptors without sockets: numbers are given out again as the kernel does, and every use of a closed one is a
/// fault.
/// </summary>
internal sealed unsafe class CountedDescriptors : ISocketOperations
{
    private readonly HashSet<int> _open = [];
    private readonly List<string> _faults = [];

    /// <summary>The descriptors that are open.</summary>
    public IReadOnlyCollection<int> Open
    {
        get
        {
            lock (_open)
            {
                return [.. _open];
            }
        }
    }

    /// <summary>What was done with descriptors that were not open.</summary>
    public IReadOnlyCollection<string> Faults
    {
        get
        {
            lock (_open)
            {
                return [.. _faults];
            }
        }
    }

    /// <summary>The lowest free number.</summary>
    public int Create()
    {
        lock (_open)
        {
            int descriptor = Enumerable.Range(3, int.MaxValue - 3).First(number => !_open.Contains(number));
            _open.Add(descriptor);
            return descriptor;
        }
    }

    public void MustBeOpen(int descriptor)
    {
        lock (_open)
        {
            if (!_open.Contains(descriptor))
            {
                _faults.Add($"use of {descriptor}");
            }
        }
    }

    public int Close(int socket)
    {
        lock (_open)
        {
            if (!_open.Remove(socket))
            {
                _faults.Add($"close of {socket}");
            }
        }

        return 0;
    }

    public int Shutdown(int socket)
    {
        MustBeOpen(socket);
        return 0;
    }

    int ISocketOperations.Open(int family, int type) => throw new NotSupportedException();

    public int Connect(int socket, in InternetAddress address) => throw new NotSupportedException();

    public int Poll(int socket, short events, int milliseconds, out short returned) =>
        throw new NotSupportedException();

    public nint Send(int socket, byte* buffer, nuint length) => throw new NotSupportedException();

    public nint Receive(int socket, byte* buffer, nuint length, bool wholeSize) => throw new NotSupportedException();

    public int GetPending(int socket) => throw new NotSupportedException();

    public int GetError(int socket) => throw new NotSupportedException();

    public int SetBufferSize(int socket, bool ofReceiver, int bytes) => throw new NotSupportedException();

    public int Resolve(byte* host, int family, int type, bool numericOnly, InternetAddress* target, int capacity) =>
        throw new NotSupportedException();
}
