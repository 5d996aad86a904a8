// SPDX-License-Identifier: MIT

using System;
using System.Threading;
using TpmReady.Linux.Network;

namespace TpmReady.Supplicant.Sockets;

/// <summary>
/// The sockets of all TAs. Each gets a handle of its own making, never a descriptor, and is found only by the instance
/// that opened it.
/// </summary>
/// <remarks>
/// Who uses a socket acquires it. Closing makes it unknown and shuts it, which wakes those who wait for it; the
/// descriptor is closed by the last to leave, so its number never comes to mean another socket under somebody's hands.
/// </remarks>
internal sealed partial class SocketTable
{
    private readonly Lock _lock = new();
    private readonly SocketEntry[] _entries;
    private readonly ISocketOperations _operations;
    private readonly int _maximumPerInstance;
    private int _next;
    private int _count;

    /// <summary>An empty table.</summary>
    /// <param name="operations">Shuts and closes sockets.</param>
    /// <param name="limits">How many.</param>
    public SocketTable(ISocketOperations operations, SocketLimits limits)
    {
        _operations = operations;
        _maximumPerInstance = limits.MaximumPerInstance;
        _entries = new SocketEntry[Math.Min(limits.MaximumSockets, SocketHandle.MaximumIndex + 1)];
        for (int i = 0; i < _entries.Length; i++)
        {
            _entries[i] = new SocketEntry(i);
        }
    }

    /// <summary>How many entries are taken: sockets that live, and those that are being opened or closed.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Takes an entry for a socket that is to be opened, and acquires it.</summary>
    /// <returns>Null if the table is full, or if the instance has all it may have.</returns>
    public SocketEntry? Reserve(ulong instance, bool isDatagram)
    {
        lock (_lock)
        {
            SocketEntry? free = FindFree(instance);
            if (free is null)
            {
                return null;
            }

            _next = free.Index + 1;
            _count++;
            free.State = SocketState.Opening;
            free.Users = 1;
            free.Instance = instance;
            free.IsDatagram = isDatagram;
            return free;
        }
    }

    /// <summary>Gives a reserved entry its socket.</summary>
    /// <returns>False if the instance has been closed meanwhile; the descriptor then stays the caller's.</returns>
    public bool TryAttach(SocketEntry entry, int descriptor)
    {
        lock (_lock)
        {
            if (entry.IsClosing)
            {
                return false;
            }

            entry.Descriptor = descriptor;
            return true;
        }
    }

    /// <summary>Closes the socket of a reserved entry, so that another address can be tried.</summary>
    public void Detach(SocketEntry entry)
    {
        int descriptor;
        lock (_lock)
        {
            descriptor = entry.Descriptor;
            entry.Descriptor = SocketEntry.NoDescriptor;
        }

        _operations.Close(descriptor);
    }

    /// <summary>The socket is connected: from now on its handle is known.</summary>
    /// <returns>The handle, or 0 if the instance has been closed meanwhile.</returns>
    public int Publish(SocketEntry entry)
    {
        lock (_lock)
        {
            if (entry.IsClosing)
            {
                return 0;
            }

            entry.Handle = SocketHandle.Create(entry.Index, entry.Handle);
            entry.State = SocketState.Open;
            return entry.Handle;
        }
    }

    /// <summary>Finds a socket and keeps it open until <see cref="Release"/>.</summary>
    /// <returns>Null if the instance has no such handle.</returns>
    public SocketEntry? Acquire(ulong instance, ulong handle)
    {
        lock (_lock)
        {
            SocketEntry? entry = Find(instance, handle);
            if (entry is not null)
            {
                entry.Users++;
            }

            return entry;
        }
    }

    /// <summary>Gives a socket back.</summary>
    public void Release(SocketEntry entry)
    {
        int descriptor = SocketEntry.NoDescriptor;
        lock (_lock)
        {
            entry.Users--;
            if (entry.Users == 0 && entry.State is SocketState.Opening or SocketState.Closing)
            {
                descriptor = entry.Descriptor;
                entry.Descriptor = SocketEntry.NoDescriptor;
                entry.Peer = default;
                entry.PeerName = [];
                entry.State = SocketState.Free;
                _count--;
            }
        }

        if (descriptor != SocketEntry.NoDescriptor)
        {
            _operations.Close(descriptor);
        }
    }

    /// <summary>Remembers the new peer of an acquired socket.</summary>
    public void SetPeer(SocketEntry entry, in InternetAddress peer, byte[] name)
    {
        lock (_lock)
        {
            entry.Peer = peer;
            entry.PeerName = name;
        }
    }

    /// <summary>Whom an acquired socket is connected to.</summary>
    public void GetPeer(SocketEntry entry, out InternetAddress peer, out byte[] name)
    {
        lock (_lock)
        {
            peer = entry.Peer;
            name = entry.PeerName;
        }
    }

    /// <summary>Closes a socket and wakes who waits for it.</summary>
    /// <returns>False if the instance has no such handle.</returns>
    public bool Close(ulong instance, ulong handle)
    {
        SocketEntry? entry;
        lock (_lock)
        {
            entry = Find(instance, handle);
            if (entry is null)
            {
                return false;
            }

            BeginClose(entry);
        }

        Release(entry);
        return true;
    }

    /// <summary>Closes all sockets of an instance, also those that are being opened.</summary>
    public void CloseAll(ulong instance)
    {
        foreach (SocketEntry entry in _entries)
        {
            lock (_lock)
            {
                if (entry.Instance != instance || entry.State is not (SocketState.Open or SocketState.Opening))
                {
                    continue;
                }

                BeginClose(entry);
            }

            Release(entry);
        }
    }

    /// <summary>Shuts every socket: who waits wakes. The sockets stay in the table.</summary>
    public void Wake()
    {
        foreach (SocketEntry entry in _entries)
        {
            lock (_lock)
            {
                if (entry.Descriptor != SocketEntry.NoDescriptor)
                {
                    _operations.Shutdown(entry.Descriptor);
                }
            }
        }
    }

    /// <summary>
    /// Makes the entry unknown, acquires it, and shuts it if others use it. Under the lock, for the request that opens
    /// it may close the descriptor at any time; shutdown does not wait for the peer.
    /// </summary>
    private void BeginClose(SocketEntry entry)
    {
        entry.State = SocketState.Closing;
        if (entry.Users > 0 && entry.Descriptor != SocketEntry.NoDescriptor)
        {
            _operations.Shutdown(entry.Descriptor);
        }

        entry.Users++;
    }

    private SocketEntry? Find(ulong instance, ulong handle)
    {
        if (!SocketHandle.TryParse(handle, out int index) || index >= _entries.Length)
        {
            return null;
        }

        SocketEntry entry = _entries[index];
        return entry.State == SocketState.Open && entry.Instance == instance && (ulong)entry.Handle == handle
            ? entry
            : null;
    }

    // Not the lowest free entry but the one that was free longest, so that a stale handle stays unknown for long.
    private SocketEntry? FindFree(ulong instance)
    {
        int taken = 0;
        SocketEntry? free = null;
        for (int step = 0; step < _entries.Length; step++)
        {
            SocketEntry entry = _entries[(_next + step) % _entries.Length];
            if (entry.State == SocketState.Free)
            {
                free ??= entry;
            }
            else if (entry.Instance == instance)
            {
                taken++;
            }
        }

        return taken < _maximumPerInstance ? free : null;
    }
}
