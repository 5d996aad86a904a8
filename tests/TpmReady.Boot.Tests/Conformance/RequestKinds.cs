// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Conformance;

/// <summary>One request of each kind, several times over, so that what happens but once can be told from the rest.</summary>
internal sealed class RequestKinds(ScriptedWorld world)
{
    /// <summary>How often each is made.</summary>
    public const int Times = 6;

    private const uint LoadTa = 0;
    private readonly List<(string Kind, int Request)> _made = [];

    /// <summary>The kind of each request that is to be counted, and which request of the program it was.</summary>
    public IReadOnlyList<(string Kind, int Request)> Made => _made;

    /// <summary>Makes all.</summary>
    public void Play()
    {
        FileRequests files = new(world);
        SocketRequests sockets = new(world);
        SharedBuffer buffer = world.Allocate(4096);
        for (int i = 0; i < Times; i++)
        {
            Memory();
            TrustedApplications(buffer);
            Files(files, string.Create(CultureInfo.InvariantCulture, $"/{i + 10:x}"));
            Tcp(sockets);
            Udp(sockets);
            Profiles(buffer);
        }
    }

    private void Memory()
    {
        foreach ((string size, ulong bytes) in ((string, ulong)[])[("4 KiB", 4096), ("1 MiB", 1 << 20)])
        {
            Reply reply = Count($"SHM_ALLOC {size}", () => world.Call(6, Parameter.ValueInOut(0, bytes)));
            Count($"SHM_FREE {size}", () => world.Call(7, Parameter.ValueInOut(0, reply.Parameters[0].C)));
        }
    }

    private void TrustedApplications(SharedBuffer buffer)
    {
        Guid present = new("f07bfc66-958c-4a15-99c0-260e4e7375dd");
        File.WriteAllBytes(Path.Combine(world.TrustedApplications, $"{present}.ta"), new byte[4000]);
        byte[] name = present.ToByteArray(bigEndian: true);
        Parameter uuid = Parameter.ValueInput(BitConverter.ToUInt64(name, 0), BitConverter.ToUInt64(name, 8));
        Count("LOAD_TA, size", () => world.Call(LoadTa, uuid, Parameter.NullMemory(6)));
        Count("LOAD_TA, content", () => world.Call(LoadTa, uuid, Parameter.MemoryOutput(buffer, 4000)));
        Count("LOAD_TA, missing", () => world.Call(LoadTa, Parameter.ValueInput(1, 1), Parameter.NullMemory(6)), false);
    }

    private void Files(FileRequests files, string name)
    {
        ulong handle = Count("FS CREATE", () => files.Create(name)).Parameters[2].A;
        Count("FS WRITE, data", () => files.Write(handle, 8192, "data"));
        Count("FS WRITE, head", () => files.Write(handle, 0, "head"));
        Count("FS READ", () => files.Read(handle, 8192, 4));
        Count("FS READ over the end", () => files.Read(handle, 8192, 100));
        Count("FS TRUNCATE", () => files.Truncate(handle, 4096));
        Count("FS CLOSE", () => files.Close(handle));
        handle = Count("FS OPEN", () => files.Open(name)).Parameters[2].A;
        files.Close(handle);
        Count("FS OPEN, missing", () => files.Open(name + "0"), false);
        Count("FS RENAME", () => files.Rename(name, name + "1", overwrite: false));
        Count("FS REMOVE", () => files.Remove(name + "1"));
    }

    private void Tcp(SocketRequests sockets)
    {
        using Socket server = SocketRequests.Listen();
        int port = ((IPEndPoint)server.LocalEndPoint!).Port;
        ulong handle = Count("SOCKET OPEN, TCP", () => sockets.Open(SocketRequests.Tcp, "127.0.0.1", port)).Parameters[3].A;
        using Socket peer = server.Accept();
        Count("SOCKET SEND, TCP", () => sockets.Send(handle, 11, 1000));
        Count("SOCKET SEND, TCP, waiting for ever", () => sockets.Send(handle, 11, SocketRequests.Forever));
        peer.Send("to the TA"u8);
        _ = peer.Poll(20_000, SelectMode.SelectError);
        Count("SOCKET RECV of nothing, TCP", () => sockets.Receive(handle, 0, 0));
        Count("SOCKET RECV, TCP", () => sockets.Receive(handle, 64, 1000));
        Count("SOCKET CLOSE", () => sockets.Close(handle));
    }

    private void Udp(SocketRequests sockets)
    {
        using Socket peer = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5000 };
        peer.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)peer.LocalEndPoint!).Port;
        EndPoint from = new IPEndPoint(IPAddress.Loopback, 0);
        ulong handle = Count("SOCKET OPEN, UDP", () => sockets.Open(SocketRequests.Udp, "127.0.0.1", port)).Parameters[3].A;
        Count("SOCKET SEND, UDP", () => sockets.Send(handle, 8, 1000));
        peer.ReceiveFrom(new byte[100], ref from);
        peer.SendTo("datagram"u8, from);
        Count("SOCKET RECV, UDP", () => sockets.Receive(handle, 64, 1000));
        sockets.Close(handle);
    }

    private void Profiles(SharedBuffer buffer)
    {
        Guid uuid = Guid.NewGuid();
        world.Kernel.Write(buffer, 0, uuid.ToByteArray());
        foreach ((string kind, uint function, string prefix) in ((string, uint, string)[])
            [("GPROF", 9, "gmon"), ("FTRACE", 11, "ftrace")])
        {
            Count(kind, () => world.Call(
                function,
                Parameter.ValueInOut(0),
                Parameter.MemoryInput(buffer, 16),
                Parameter.MemoryInput(buffer, 7, offset: 16)));
            File.Delete($"/tmp/{prefix}-{uuid:D}.out");
        }
    }

    private Reply Count(string kind, Func<Reply> request, bool succeeds = true)
    {
        int number = world.Kernel.Begun;
        Reply reply = request();
        if (reply.IsSuccess != succeeds || world.Kernel.Begun != number + 1)
        {
            throw new InvalidOperationException($"{world.Daemon}, {kind}: {reply.Name}");
        }

        _made.Add((kind, number));
        return reply;
    }
}
