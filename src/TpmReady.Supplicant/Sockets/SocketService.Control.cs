// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using TpmReady.Linux.Network;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Sockets;

/// <content>IOCTL: value in, memory in-out (argument), value in (a = command).</content>
internal sealed partial class SocketService
{
    private TeeResult Control(ref RpcRequest request)
    {
        if (!request.HasTypes(
                TeeParameterType.ValueInput, TeeParameterType.MemoryInOut, TeeParameterType.ValueInput)
            || Acquire(ref request) is not SocketEntry entry)
        {
            return TeeResult.BadParameters;
        }

        try
        {
            var command = (SocketCommand)request.Parameters[2].A;
            switch (command)
            {
                case SocketCommand.SetReceiveBuffer or SocketCommand.SetSendBuffer when !entry.IsDatagram:
                    return SetBufferSize(entry, request.GetMemory(1), command == SocketCommand.SetReceiveBuffer);
                case SocketCommand.ChangeAddress when entry.IsDatagram:
                    return ChangeAddress(entry, request.GetMemory(1));
                case SocketCommand.ChangePort when entry.IsDatagram:
                    return ChangePort(entry, request.GetMemory(1));
                default:
                    return TeeResult.NotSupported;
            }
        }
        finally
        {
            _table.Release(entry);
        }
    }

    private TeeResult SetBufferSize(SocketEntry entry, MemoryReference memory, bool ofReceiver)
    {
        if (memory.Bytes.Length != sizeof(int))
        {
            return TeeResult.BadParameters;
        }

        int size = BinaryPrimitives.ReadInt32LittleEndian(memory.Bytes);
        return _operations.SetBufferSize(entry.Descriptor, ofReceiver, size) < 0
            ? TeeResult.BadParameters
            : TeeResult.Success;
    }

    /// <summary>Another host, of the same family, at the same port.</summary>
    private TeeResult ChangeAddress(SocketEntry entry, MemoryReference memory)
    {
        Span<byte> host = stackalloc byte[HostName.Size];
        if (!HostName.TryCopy(memory, host, out int length))
        {
            return TeeResult.SocketHostname;
        }

        _table.GetPeer(entry, out InternetAddress peer, out _);
        return Connect(entry, host[..(length + 1)], peer.Family, peer.Port, isOpening: false);
    }

    /// <summary>Another port of the same host.</summary>
    private TeeResult ChangePort(SocketEntry entry, MemoryReference memory)
    {
        if (memory.Bytes.Length != sizeof(ushort))
        {
            return TeeResult.BadParameters;
        }

        ushort port = BinaryPrimitives.ReadUInt16LittleEndian(memory.Bytes);
        _table.GetPeer(entry, out InternetAddress peer, out byte[] name);
        peer = peer.WithPort(port);
        if (!_policy.Allows(name, peer))
        {
            ReportRefusal(peer);
            return TeeResult.AccessDenied;
        }

        if (_operations.Connect(entry.Descriptor, peer) < 0)
        {
            return TeeResult.Generic;
        }

        _table.SetPeer(entry, peer, name);
        return TeeResult.Success;
    }
}
