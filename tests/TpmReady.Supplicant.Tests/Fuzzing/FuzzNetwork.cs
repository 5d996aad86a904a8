// SPDX-License-Identifier: MIT

using System;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Network;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>
/// A network in which everything happens that may: peers refuse, reset, answer late, send too much. Descriptors without
/// sockets; each use of a closed one is a fault.
/// </summary>
internal sealed unsafe class FuzzNetwork(FuzzFaults faults, FuzzInterference interference) : ISocketOperations
{
    private const int First = 1 << 20;
    private const int LongWait = 1000;

    private static readonly int[] TransferErrors =
    [
        Errno.EPIPE, Errno.ECONNRESET, Errno.ENOTCONN, Errno.ECONNREFUSED, Errno.EMSGSIZE, Errno.ENOBUFS, Errno.EINTR,
    ];

    private static readonly int[] ConnectErrors =
    [
        Errno.ECONNREFUSED, Errno.ETIMEDOUT, Errno.EHOSTUNREACH, Errno.ENETUNREACH, Errno.EACCES, Errno.EINPROGRESS,
        Errno.EINPROGRESS, Errno.EINTR,
    ];

    private readonly LinuxSocketOperations _real = new();
    private readonly FuzzRandom _random = new();
    private readonly bool[] _open = new bool[1024];
    private int _lookups;

    /// <summary>How many descriptors are open.</summary>
    public int OpenCount { get; private set; }

    /// <summary>How many names were looked up: that takes a thread, and memory for it.</summary>
    public int Lookups => Volatile.Read(ref _lookups);

    public void Start(ulong seed, long number) => _random.Start(seed ^ 0x5555, number);

    public int Open(int family, int type)
    {
        interference.Happen("socket");
        int error = interference.TakeFault();
        int index = Array.IndexOf(_open, false);
        if (error != 0 || index < 0)
        {
            return -Math.Max(error, Errno.EMFILE);
        }

        _open[index] = true;
        OpenCount++;
        return First + index;
    }

    public int Connect(int socket, in InternetAddress address)
    {
        Use(socket, "connect");
        return _random.Percent(70) ? 0 : -_random.Pick<int>(ConnectErrors);
    }

    public int Poll(int socket, short events, int milliseconds, out short returned)
    {
        Use(socket, "poll");
        returned = 0;
        int choice = _random.Below(20);

        // Nothing depends on how fast time goes: who does not wait learns at once that there is nothing, and who waits
        // is answered. A short wait is not interrupted, for it may be over then.
        if (choice == 0 && (milliseconds is <= 0 or > LongWait))
        {
            return -Errno.EINTR;
        }

        if (choice < 4 && milliseconds == 0)
        {
            return 0;
        }

        returned = (short)(choice == 19 ? Libc.POLLERR | Libc.POLLHUP : events);
        return 1;
    }

    public nint Send(int socket, byte* buffer, nuint length)
    {
        Use(socket, "send");
        Touch(buffer, length);
        return _random.Below(10) switch
        {
            0 => -_random.Pick<int>(TransferErrors),
            1 => (nint)(_random.Next() % (length + 1)),
            _ => (nint)length,
        };
    }

    public nint Receive(int socket, byte* buffer, nuint length, bool wholeSize)
    {
        Use(socket, "recv");
        int choice = _random.Below(12);
        if (choice == 0)
        {
            return -_random.Pick<int>(TransferErrors);
        }

        nuint count = choice < 3 ? 0 : choice < 6 ? (nuint)(_random.Next() % (length + 1)) : length;
        new Span<byte>(buffer, (int)count).Fill((byte)choice);
        return (nint)(wholeSize && choice == 11 ? count + 1000 : count);
    }

    public int GetPending(int socket)
    {
        Use(socket, "pending");
        return _random.OneIn(10) ? -Errno.EIO : _random.Below(1 << 20);
    }

    public int GetError(int socket)
    {
        Use(socket, "error");
        return _random.OneIn(2) ? 0 : -_random.Pick<int>(ConnectErrors);
    }

    public int SetBufferSize(int socket, bool ofReceiver, int bytes)
    {
        Use(socket, "buffer");
        return _random.OneIn(5) ? -Errno.EINVAL : 0;
    }

    public int Shutdown(int socket)
    {
        Check(socket);
        return 0;
    }

    public int Close(int socket)
    {
        Check(socket);
        if (IsOpen(socket))
        {
            _open[socket - First] = false;
            OpenCount--;
        }

        return 0;
    }

    public int Resolve(byte* host, int family, int type, bool numericOnly, InternetAddress* target, int capacity)
    {
        if (numericOnly)
        {
            return _real.Resolve(host, family, type, numericOnly, target, capacity);
        }

        // On a thread of its own: nothing here may depend on the order of threads.
        Interlocked.Increment(ref _lookups);
        int count = host[0] == (byte)'h' ? Math.Min(capacity, 3) : 0;
        for (int i = 0; i < count; i++)
        {
            _ = InternetAddress.TryParse(i == 1 ? "2001:db8::1" : "192.0.2.7", out target[i]);
        }

        return count == 0 ? -1 : count;
    }

    private void Use(int socket, string call)
    {
        interference.Happen(call);
        Check(socket);
    }

    private void Check(int socket)
    {
        if (!IsOpen(socket))
        {
            faults.Add($"socket {socket} is used, which is not open");
        }
    }

    private bool IsOpen(int socket) => socket >= First && socket - First < _open.Length && _open[socket - First];

    private static void Touch(byte* buffer, nuint length)
    {
        byte sum = 0;
        for (nuint i = 0; i < length; i += 512)
        {
            sum += buffer[i];
        }

        sum += length > 0 ? buffer[length - 1] : (byte)0;
        GC.KeepAlive(sum == 1 ? string.Empty : null);
    }
}
