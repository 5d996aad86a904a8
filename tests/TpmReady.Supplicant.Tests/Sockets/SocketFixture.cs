// SPDX-License-Identifier: MIT

using System;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Sockets;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Sockets;

/// <summary>A whole supplicant with the socket service, and a secure world that speaks to it in one line.</summary>
internal sealed class SocketFixture : IDisposable
{
    public const ulong Tcp = 0x65;
    public const ulong Udp = 0x66;
    public const uint Never = uint.MaxValue;
    public const ulong Instance = 7;

    private readonly ServerFixture _server;

    public SocketFixture(
        SocketLimits? limits = null,
        SocketPolicy? policy = null,
        bool isStrict = false,
        SupplicantLimits? threads = null,
        Func<ITeeDevice, ITeeDevice>? wrap = null)
    {
        Log = new RecordingLog();
        Service = new SocketService(
            Sockets, policy ?? SocketPolicy.Open, limits ?? new SocketLimits(), isStrict, Log);
        var plugin = new LambdaService(RpcFunction.Plugin, static (ref RpcRequest _) => TeeResult.Success);
        _server = new ServerFixture([Service, plugin], limits: threads, log: Log, wrap: wrap);
        Memory = Allocate();
    }

    public CountingSockets Sockets { get; } = new();

    public RecordingLog Log { get; }

    public SocketService Service { get; }

    public ServerFixture Server => _server;

    /// <summary>64 KiB that requests of one thread share.</summary>
    public FakeMemory Memory { get; }

    /// <summary>The loopback address of a family; skips the test on a machine without it.</summary>
    public static IPAddress Loopback(AddressFamily family)
    {
        IPAddress address = family == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        try
        {
            using Socket probe = new(family, SocketType.Dgram, ProtocolType.Udp);
            probe.Bind(new IPEndPoint(address, 0));
        }
        catch (SocketException exception)
        {
            Skip.Test($"this machine has no {address}: {exception.SocketErrorCode}");
        }

        return address;
    }

    /// <summary>A listening socket or one that receives datagrams, on a free port.</summary>
    public static Socket Listen(AddressFamily family, SocketType type = SocketType.Stream, int backlog = 16)
    {
        Socket socket = new(family, type, type == SocketType.Stream ? ProtocolType.Tcp : ProtocolType.Udp)
        {
            ReceiveTimeout = 10_000,
        };
        socket.Bind(new IPEndPoint(Loopback(family), 0));
        if (type == SocketType.Stream)
        {
            socket.Listen(backlog);
        }

        return socket;
    }

    public static IPEndPoint EndPoint(Socket socket) => (IPEndPoint)socket.LocalEndPoint!;

    public FakeMemory Allocate() => _server.World.Allocate(65536) ?? throw new InvalidOperationException();

    public (TeeResult Result, ulong Handle) Open(
        Socket peer, ulong protocol = Tcp, ulong version = 0, ulong instance = Instance) =>
        Open(EndPoint(peer).Address.ToString(), EndPoint(peer).Port, protocol, version, instance);

    public (TeeResult Result, ulong Handle) Open(
        string host, int port, ulong protocol = Tcp, ulong version = 0, ulong instance = Instance)
    {
        FakeRequest request = SubmitOpen(host, port, protocol, version, instance).Wait();
        return (request.Result, request.Parameters[3].A);
    }

    public FakeRequest SubmitOpen(
        string host, int port, ulong protocol = Tcp, ulong version = 0, ulong instance = Instance) =>
        Submit(
            FakeSecureWorld.ValueInput((ulong)SocketOperation.Open, instance),
            FakeSecureWorld.ValueInput((ulong)port, protocol, version),
            Text(host),
            FakeSecureWorld.ValueOutput());

    /// <summary>A connected socket, which must come about.</summary>
    public ulong MustOpen(Socket peer, ulong protocol = Tcp, ulong instance = Instance)
    {
        (TeeResult result, ulong handle) = Open(peer, protocol, instance: instance);
        return result == TeeResult.Success ? handle : throw new InvalidOperationException($"OPEN: {result}. {Log}");
    }

    public TeeResult Close(ulong handle, ulong instance = Instance) =>
        Submit(FakeSecureWorld.ValueInput((ulong)SocketOperation.Close, instance, handle)).Wait().Result;

    public TeeResult CloseAll(ulong instance = Instance) =>
        Submit(FakeSecureWorld.ValueInput((ulong)SocketOperation.CloseAll, instance)).Wait().Result;

    public (TeeResult Result, ulong Sent) Send(
        ulong handle, ReadOnlySpan<byte> data, uint timeout = Never, ulong instance = Instance)
    {
        data.CopyTo(Memory.Bytes);
        FakeRequest request = Submit(
            FakeSecureWorld.ValueInput((ulong)SocketOperation.Send, instance, handle),
            FakeSecureWorld.MemoryInput(data.IsEmpty ? null : Memory, (ulong)data.Length),
            FakeSecureWorld.ValueInOut(timeout)).Wait();
        return (request.Result, request.Parameters[2].B);
    }

    public (TeeResult Result, ulong Size) Receive(
        ulong handle, int room, uint timeout = Never, ulong instance = Instance)
    {
        FakeRequest request = SubmitReceive(handle, room == 0 ? null : Memory, room, timeout, instance).Wait();
        return (request.Result, request.Parameters[1].B);
    }

    public FakeRequest SubmitReceive(
        ulong handle, FakeMemory? memory, int room = 64, uint timeout = Never, ulong instance = Instance) =>
        Submit(
            FakeSecureWorld.ValueInput((ulong)SocketOperation.Receive, instance, handle),
            FakeSecureWorld.MemoryOutput(memory, (ulong)room),
            FakeSecureWorld.ValueInput(timeout));

    public TeeResult Control(ulong handle, SocketCommand command, ReadOnlySpan<byte> argument)
    {
        argument.CopyTo(Memory.Bytes);
        return Control(
            handle, command, FakeSecureWorld.MemoryInOut(argument.IsEmpty ? null : Memory, (ulong)argument.Length));
    }

    public TeeResult Control(ulong handle, SocketCommand command, TeeParameter memory) =>
        Submit(
            FakeSecureWorld.ValueInput((ulong)SocketOperation.Control, Instance, handle),
            memory,
            FakeSecureWorld.ValueInput((ulong)command)).Wait().Result;

    public FakeRequest Submit(params TeeParameter[] parameters) =>
        _server.Kernel.Submit(RpcFunction.Socket, parameters);

    /// <summary>A string with its NUL, as OP-TEE sends it.</summary>
    public TeeParameter Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text + '\0');
        bytes.CopyTo(Memory.Bytes);
        return FakeSecureWorld.MemoryInput(Memory, (ulong)bytes.Length);
    }

    public void Dispose()
    {
        Sockets.NameServer.Set();
        Service.AbortWaits();
        _server.Dispose();
    }
}
