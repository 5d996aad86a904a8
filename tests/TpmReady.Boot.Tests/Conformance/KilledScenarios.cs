// SPDX-License-Identifier: MIT

using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Conformance;

/// <summary>What kills or hangs the C daemon.</summary>
internal static class KilledScenarios
{
    private const uint Unknown = 99;
    private const int Terminate = 15;
    private const int TryAgain = 11;
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(4);

    /// <summary>After it the program must still serve.</summary>
    private static string Serves(ScriptedWorld world, string outcome) =>
        world.Call(Unknown).Is("NOT_SUPPORTED") ? outcome : "serves no more";

    public static Scenario[] All { get; } =
    [
        new("K1", "a client is killed while its request is served", Scenario.Ends, "goes on", static world =>
        {
            SocketRequests sockets = new(world);
            using Socket server = SocketRequests.Listen();
            ulong handle = sockets.Connect(SocketRequests.Tcp, server.LocalEndPoint!);
            Request request = sockets.BeginReceive(handle, 64, 1000);
            world.WaitUntilTaken(request);
            world.Kernel.KillClient(request);
            world.Until(() => request.IsSent);

            // The C daemon's thread notes that it failed when it runs next, and the main thread looks after its next request.
            for (int i = 0; i < 50; i++)
            {
                _ = world.Call(Unknown);
                Thread.Sleep(20);
            }

            return Serves(world, "goes on");
        }),
        new("K2", "a TA sends twice to a peer that has reset the connection", "killed by SIGPIPE", "REMOTE_CLOSED",
            static world =>
            {
                SocketRequests sockets = new(world);
                using Socket server = SocketRequests.Listen();
                ulong handle = sockets.Connect(SocketRequests.Tcp, server.LocalEndPoint!);
                Socket peer = server.Accept();
                peer.LingerState = new LingerOption(enable: true, seconds: 0);
                peer.Dispose();
                Reply last = sockets.Send(handle, 64, 1000);
                for (int i = 0; i < 3; i++)
                {
                    Thread.Sleep(50);
                    last = sockets.Send(handle, 64, 1000);
                }

                return Serves(world, last.Name);
            }),
        new("K3", "a TA closes a socket that it has not", "killed by SIGABRT", "BAD_PARAMETERS", static world =>
        {
            SocketRequests sockets = new(world);
            using Socket server = SocketRequests.Listen();
            _ = sockets.Connect(SocketRequests.Tcp, server.LocalEndPoint!);
            return Serves(world, sockets.Close(3).Name);
        }),
        new("K4a", "a UDP socket's address is changed, without a buffer", "killed by SIGSEGV", "HOSTNAME",
            static world => ControlUdp(world, SocketRequests.ChangeAddress, Parameter.NullMemory(7))),
        new("K4b", "a UDP socket's port is changed, without a buffer", "killed by SIGSEGV", "BAD_PARAMETERS",
            static world => ControlUdp(world, SocketRequests.ChangePort, Parameter.NullMemory(7, 2))),
        new("K5", "an RPMB is read without a buffer for the answer", "killed by SIGSEGV", "BAD_PARAMETERS",
            static world =>
            {
                RpmbRequests rpmb = new(world);
                _ = rpmb.Send(type: 1, fill: static request => request[6 + 196] = 1);
                const int blockCount = 6 + 507;
                Reply reply = rpmb.Send(type: 4, responses: 0, fill: static request => request[blockCount] = 1);
                return Serves(world, reply.Name);
            })
        {
            Options = ["--rpmb-emu"],
        },
        new("K6", "a socket is opened with a server name of no length, and a name lies behind it",
            "connects to what lies behind", "HOSTNAME", static world =>
            {
                SocketRequests sockets = new(world);
                SharedBuffer buffer = world.Allocate(4096);
                using Socket server = SocketRequests.Listen();
                int port = ((IPEndPoint)server.LocalEndPoint!).Port;
                world.Kernel.Write(buffer, 0, "\0\0\0\0127.0.0.1\0"u8);
                Reply reply = world.Wait(
                    sockets.BeginOpen(SocketRequests.Tcp, port, Parameter.MemoryInput(buffer, 0, offset: 4)));
                return reply.IsSuccess ? "connects to what lies behind" : Serves(world, reply.Name);
            }),
        new("K7", "a signal handler interrupts the wait for requests", Scenario.Ends, "goes on", static world =>
        {
            world.Until(() => world.Kernel.Receivers > 0);
            world.Kernel.InterruptReceiver();
            return Serves(world, "goes on");
        }),
        new("K8", "a request has a transport parameter behind the others", Scenario.Ends, "BAD_PARAMETERS",
            static world =>
            {
                Reply reply = world.Call(
                    Unknown, Parameter.ValueInput(), new Parameter(Parameter.Meta | 3, 0, 0, 0));
                return Serves(world, reply.Name);
            }),
        new("K9", "no thread can be made", Scenario.Ends, "goes on", static world =>
        {
            world.Until(() => world.Kernel.Receivers > 0);
            world.Kernel.Inject(Fault.Thread, TryAgain);
            _ = world.Call(Unknown);
            return Serves(world, "goes on");
        }),
        new("K11", "a peer does not answer to a connection", "no answer in 4 s", "TIMEOUT", static world =>
        {
            SocketRequests sockets = new(world);
            using Socket server = SocketRequests.Listen(backlog: 0);
            using Socket first = new(SocketType.Stream, ProtocolType.Tcp);
            first.Connect(server.LocalEndPoint!);

            // The queue is full, and Linux drops what comes on top.
            Socket[] more =
            [
                .. Enumerable.Range(0, 3).Select(
                    static _ => new Socket(SocketType.Stream, ProtocolType.Tcp) { Blocking = false }),
            ];
            foreach (Socket socket in more)
            {
                try
                {
                    socket.Connect(server.LocalEndPoint!);
                }
                catch (SocketException pending) when (pending.SocketErrorCode == SocketError.WouldBlock)
                {
                    // On its way.
                }
            }

            Thread.Sleep(100);
            world.Limit = Hang;
            int port = ((IPEndPoint)server.LocalEndPoint!).Port;
            try
            {
                return sockets.Open(SocketRequests.Tcp, "127.0.0.1", port).Name;
            }
            finally
            {
                Array.ForEach(more, static socket => socket.Dispose());
            }
        })
        {
            Options = ["--connect-timeout=1"],
        },
        new("K12", "a socket is closed while another thread waits for it", "no answer in 4 s", "the wait ends",
            static world =>
            {
                SocketRequests sockets = new(world);
                using Socket server = SocketRequests.Listen();
                ulong handle = sockets.Connect(SocketRequests.Tcp, server.LocalEndPoint!);
                Request wait = sockets.BeginReceive(handle, 64, SocketRequests.Forever);
                world.WaitUntilTaken(wait);
                Thread.Sleep(200);
                _ = sockets.Close(handle);
                world.Limit = Hang;
                _ = world.Wait(wait);
                return Serves(world, "the wait ends");
            }),
        new("K13", "the device is still busy when the program starts", "ends with 1", "waits, and serves",
            static world => Serves(world, "waits, and serves"))
        {
            Prepare = static world => world.Kernel.BusyOpens = 3,
        },
        new("K14", "a killed client's buffer is given back while a thread waits to fill it",
            "fills another request's buffer", "fills nothing of others", static world =>
            {
                SocketRequests sockets = new(world);
                using Socket server = SocketRequests.Listen();
                ulong handle = sockets.Connect(SocketRequests.Tcp, server.LocalEndPoint!);
                using Socket peer = server.Accept();
                Request wait = BeginReceiveElsewhere(world, sockets, handle, peer);
                world.Kernel.HoldsRevoked = true;
                world.Kernel.KillClient(wait);
                _ = world.Free(sockets.Data);
                SharedBuffer[] others = [.. Enumerable.Range(0, 12).Select(_ => world.Allocate(4096))];
                Array.ForEach(others, other => world.Kernel.Write(other, 0, new byte[4096]));
                peer.Send(Enumerable.Repeat((byte)'x', 4096).ToArray());
                world.Until(() => wait.IsSent);
                return others.Any(other => world.Kernel.Read(other, 0, 4096).Contains((byte)'x'))
                    ? "fills another request's buffer" : Serves(world, "fills nothing of others");
            }),
        new("K15", "SIGTERM while a request is served", "killed by SIGTERM, request unanswered",
            "ends with 0, request answered", static world =>
            {
                SocketRequests sockets = new(world);
                using Socket server = SocketRequests.Listen();
                ulong handle = sockets.Connect(SocketRequests.Tcp, server.LocalEndPoint!);
                Request wait = sockets.BeginReceive(handle, 64, 1500);
                world.WaitUntilTaken(wait);
                world.Signal(Terminate);
                string ending = world.Ending();
                return $"{ending}, request {(wait.Reply is null ? "unanswered" : "answered")}";
            }),
    ];

    // glibc gives each thread a heap of its own: only the thread that allocated the buffer can allocate it again, so it
    // must not be the one that waits.
    private static Request BeginReceiveElsewhere(
        ScriptedWorld world, SocketRequests sockets, ulong handle, Socket peer)
    {
        while (true)
        {
            sockets.Data = world.Allocate(4096);
            Request wait = sockets.BeginReceive(handle, 4096, SocketRequests.Forever);
            world.WaitUntilTaken(wait);
            Thread.Sleep(100);
            if (wait.Taker != sockets.Data.Owner)
            {
                return wait;
            }

            peer.Send([0]);
            _ = world.Wait(wait);
        }
    }

    private static string ControlUdp(ScriptedWorld world, ulong command, Parameter data)
    {
        SocketRequests sockets = new(world);
        using Socket peer = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        peer.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        ulong handle = sockets.Connect(SocketRequests.Udp, peer.LocalEndPoint!);
        return Serves(world, sockets.Control(handle, command, data).Name);
    }
}
