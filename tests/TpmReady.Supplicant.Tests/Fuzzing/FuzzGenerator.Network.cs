// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.Text;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Sockets;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <content>Sockets.</content>
internal sealed partial class FuzzGenerator
{
    private const int Instances = 4;

    private static readonly string[] Hosts =
        ["127.0.0.1\0", "127.0.0.1\0", "::1\0", "192.0.2.7\0", "::ffff:127.0.0.1\0"];

    private static readonly string[] BadHosts =
    [
        "", "\0", "127.0.0.1", "a b\0", "\u0001\0", "1\0 2\0", "%\0", "::1%lo\0", ":\0", "999.1.1.1.1\0", "-\0", "ä\0",
    ];

    private static readonly ulong[] Ports = [0, 1, 443, 65535, 65536, (1UL << 32) + 80];

    private static readonly ulong[] TimeLimits = [0, 0, 0, 0, 0, 0, 1, 50, 5000, uint.MaxValue];

    private static readonly SocketOperation[] SocketOperations =
    [
        SocketOperation.Open, SocketOperation.Open, SocketOperation.Open, SocketOperation.Close, SocketOperation.Close,
        SocketOperation.Send, SocketOperation.Send, SocketOperation.Send,
        SocketOperation.Receive, SocketOperation.Receive, SocketOperation.Receive,
        SocketOperation.Control, SocketOperation.Control,
    ];

    private static readonly SocketCommand[] Commands =
    [
        SocketCommand.SetReceiveBuffer, SocketCommand.SetSendBuffer, SocketCommand.ChangeAddress,
        SocketCommand.ChangePort, (SocketCommand)0x65000000, (SocketCommand)ulong.MaxValue,
    ];

    private void Connect(FuzzExchange request)
    {
        SocketOperation operation = _random.OneIn(40)
            ? SocketOperation.CloseAll
            : _random.Pick<SocketOperation>(SocketOperations);
        request.Begin(RpcFunction.Socket);
        if (operation is SocketOperation.Open or SocketOperation.CloseAll)
        {
            request.Add(TeeParameterType.ValueInput, (ulong)operation, (ulong)_random.Below(Instances));
        }
        else
        {
            AddSocket(request, operation);
        }

        switch (operation)
        {
            case SocketOperation.Open:
                request.Add(
                    TeeParameterType.ValueInput,
                    _random.Pick<ulong>(Ports),
                    (ulong)(0x65 + _random.Below(2)),
                    (ulong)_random.Below(3));
                AddHost(request, TeeParameterType.MemoryInput);
                request.Add(TeeParameterType.ValueOutput);
                break;
            case SocketOperation.Send:
                AddMemory(request, TeeParameterType.MemoryInput, _random.Pick<int>(Sizes));
                request.Add(TeeParameterType.ValueInOut, _random.Pick<ulong>(TimeLimits));

                // An unknown error of the network is told as "bad parameters".
                request.IsValid = false;
                break;
            case SocketOperation.Receive:
                AddMemory(request, TeeParameterType.MemoryOutput, _random.Pick<int>(Sizes));
                request.Add(TeeParameterType.ValueInput, _random.Pick<ulong>(TimeLimits));
                request.IsValid = false;
                break;
            case SocketOperation.Control:
                AddControl(request);
                break;
        }
    }

    private void AddSocket(FuzzExchange request, SocketOperation operation)
    {
        ulong instance = (ulong)_random.Below(Instances);
        ulong handle = 0;
        request.IsValid = model.Sockets.Count > 0 && !_random.OneIn(10);
        if (request.IsValid)
        {
            (instance, handle) = model.Sockets[_random.Below(model.Sockets.Count)];
        }
        else
        {
            handle = model.WrongHandle(_random);
        }

        request.Add(TeeParameterType.ValueInput, (ulong)operation, instance, handle);
    }

    private void AddHost(FuzzExchange request, TeeParameterType type)
    {
        Span<byte> bytes = _buffer.AsSpan(0, 400);
        bytes.Fill((byte)'1');

        // Names that must be looked up cost a thread each.
        string host = _random.OneIn(1000) ? _random.OneIn(2) ? "host\0" : "none.example\0"
            : _random.OneIn(6) ? _random.Pick<string>(BadHosts)
            : _random.Pick<string>(Hosts);
        int length = Encoding.UTF8.GetBytes(host, bytes);
        if (_random.OneIn(50))
        {
            length = 250 + _random.Below(150);
            bytes[length - 1] = 0;
            bytes[_random.Below(length)] = (byte)'x';
        }

        AddMemory(request, type, bytes[..length]);
    }

    private void AddControl(FuzzExchange request)
    {
        SocketCommand command = _random.Pick<SocketCommand>(Commands);
        switch (command)
        {
            case SocketCommand.ChangeAddress:
                AddHost(request, TeeParameterType.MemoryInOut);
                break;
            case SocketCommand.ChangePort:
                Span<byte> port = _buffer.AsSpan(0, sizeof(ushort));
                BinaryPrimitives.WriteUInt16LittleEndian(port, (ushort)_random.Next());
                AddMemory(request, TeeParameterType.MemoryInOut, port);
                break;
            default:
                Span<byte> size = _buffer.AsSpan(0, sizeof(int));
                BinaryPrimitives.WriteInt32LittleEndian(size, (int)_random.Next());
                AddMemory(request, TeeParameterType.MemoryInOut, size);
                break;
        }

        request.IsValid = false;
        request.Add(TeeParameterType.ValueInput, (ulong)command);
    }
}
