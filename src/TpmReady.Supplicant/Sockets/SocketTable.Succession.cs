// SPDX-License-Identifier: MIT

using System.Collections.Generic;

namespace TpmReady.Supplicant.Sockets;

/// <content>How open sockets go to a successor. After a crash there is nobody to pass them on.</content>
internal sealed partial class SocketTable
{
    /// <summary>All open sockets; they stay open here. Ask while no request is served.</summary>
    public List<PassedSocket> GetOpen()
    {
        List<PassedSocket> open = [];
        lock (_lock)
        {
            foreach (SocketEntry entry in _entries)
            {
                if (entry.State == SocketState.Open)
                {
                    open.Add(new PassedSocket(
                        entry.Handle, entry.Instance, entry.IsDatagram, entry.Peer, entry.PeerName, entry.Descriptor));
                }
            }
        }

        return open;
    }

    /// <summary>Takes a predecessor's socket under the handle that it had.</summary>
    /// <returns>False if there is no such place; the descriptor then stays the caller's.</returns>
    public bool TryAdopt(in PassedSocket socket)
    {
        lock (_lock)
        {
            if (!SocketHandle.TryParse((ulong)socket.Handle, out int index) || index >= _entries.Length
                || _entries[index].State != SocketState.Free)
            {
                return false;
            }

            SocketEntry entry = _entries[index];
            entry.Handle = socket.Handle;
            entry.Instance = socket.Instance;
            entry.IsDatagram = socket.IsDatagram;
            entry.Peer = socket.Peer;
            entry.PeerName = socket.PeerName;
            entry.Descriptor = socket.Descriptor;
            entry.Users = 0;
            entry.State = SocketState.Open;
            _count++;
            return true;
        }
    }
}
