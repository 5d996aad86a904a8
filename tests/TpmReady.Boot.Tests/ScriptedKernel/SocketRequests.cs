// SPDX-License-Identifier: MIT

using System;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>
/// Requests of a TA's sockets (optee_msg_supplicant.h, OPTEE_MSG_RPC_CMD_SOCKET), with their buffers.
/// </summary>
internal sealed class SocketRequests(ISecureWorld world)
{
    public const uint Function = 10;
    public const ulong Tcp = 0x65;
    public const ulong Udp = 0x66;
    public const ulong Forever = 0xFFFFFFFF;
    public const ulong ChangeAddress = 0x66000001;
    public const ulong ChangePort = 0x66000002;
    private const ulong Instance = 7;

    private readonly SharedBuffer _server = world.Allocate(4096);

    /// <summary>The buffer of sends and receives.</summary>
    public SharedBuffer Data { get; set; } = world.Allocate(4096);

    public Reply Open(ulong protocol, string server, int port) => world.Wait(BeginOpen(protocol, server, port));

    public Request BeginOpen(ulong protocol, string server, int port)
    {
        byte[] name = Encoding.UTF8.GetBytes(server + "\0");
        world.Kernel.Write(_server, 0, name);
        return BeginOpen(protocol, port, Parameter.MemoryInput(_server, name.Length));
    }

    public Request BeginOpen(ulong protocol, int port, Parameter server) => world.Kernel.Begin(
        Function, Value(0, Instance), Value((ulong)port, protocol, 1), server, Parameter.ValueOutput());

    /// <summary>Opens, and returns the handle.</summary>
    public ulong Connect(ulong protocol, EndPoint server)
    {
        Reply reply = Open(protocol, "127.0.0.1", ((IPEndPoint)server).Port);
        return reply.IsSuccess
            ? reply.Parameters[3].A : throw new InvalidOperationException($"connecting to {server}: {reply.Name}");
    }

    public Reply Close(ulong handle) => world.Call(Function, Value(1, Instance, handle));

    public Reply CloseAll() => world.Call(Function, Value(2, Instance));

    public Reply Send(ulong handle, int length, ulong timeout) => world.Call(
        Function, Value(3, Instance, handle), Parameter.MemoryInput(Data, length), Parameter.ValueInOut(timeout));

    public Reply Receive(ulong handle, int room, ulong timeout) => world.Wait(BeginReceive(handle, room, timeout));

    public Request BeginReceive(ulong handle, int room, ulong timeout) => world.Kernel.Begin(
        Function,
        Value(4, Instance, handle),
        room > 0 ? Parameter.MemoryOutput(Data, room) : Parameter.NullMemory(6),
        Value(timeout));

    public Reply Control(ulong handle, ulong command, Parameter data) =>
        world.Call(Function, Value(5, Instance, handle), data, Value(command));

    /// <summary>A listener on this machine.</summary>
    public static Socket Listen(int backlog = 10)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(backlog);
        return socket;
    }

    private static Parameter Value(ulong a, ulong b = 0, ulong c = 0) => Parameter.ValueInput(a, b, c);
}
