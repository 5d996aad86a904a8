// SPDX-License-Identifier: MIT

using System.Threading;
using TpmReady.Linux.Network;

namespace TpmReady.Supplicant.Sockets;

/// <summary>A place in the table of sockets. Fields are changed under the table's lock.</summary>
internal sealed class SocketEntry(int index)
{
    /// <summary>No socket is there.</summary>
    public const int NoDescriptor = -1;

    private int _state;
    private int _descriptor = NoDescriptor;

    /// <summary>Where in the table.</summary>
    public int Index => index;

    /// <summary>The life of the socket. Can be read without the lock.</summary>
    public SocketState State
    {
        get => (SocketState)Volatile.Read(ref _state);
        set => Volatile.Write(ref _state, (int)value);
    }

    /// <summary>Whether the secure world has no further use of it.</summary>
    public bool IsClosing => State == SocketState.Closing;

    /// <summary>The descriptor; stays open while the entry is acquired.</summary>
    public int Descriptor
    {
        get => Volatile.Read(ref _descriptor);
        set => Volatile.Write(ref _descriptor, value);
    }

    /// <summary>How many requests use the socket now.</summary>
    public int Users { get; set; }

    /// <summary>The instance of a TA that owns it.</summary>
    public ulong Instance { get; set; }

    /// <summary>The number that the secure world has; 0 until it has one.</summary>
    public int Handle { get; set; }

    /// <summary>UDP, not TCP.</summary>
    public bool IsDatagram { get; set; }

    /// <summary>Whom it is connected to.</summary>
    public InternetAddress Peer { get; set; }

    /// <summary>
    /// The name that the peer was given by, if rules look at names; empty for an address in numbers.
    /// </summary>
    public byte[] PeerName { get; set; } = [];
}
