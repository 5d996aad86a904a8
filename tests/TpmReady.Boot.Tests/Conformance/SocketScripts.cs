// SPDX-License-Identifier: MIT

using System;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Conformance;

/// <summary>Sockets of TAs, with servers on this machine.</summary>
internal static class SocketScripts
{
    public static void Tcp(ScriptedWorld world, Transcript transcript)
    {
        SocketRequests sockets = new(world);
        using Socket server = SocketRequests.Listen();
        ulong handle = transcript.AddChosen("open", sockets.Open(
            SocketRequests.Tcp, "127.0.0.1", Port(server))).Parameters[3].A;
        using Socket peer = server.Accept();
        byte[] buffer = new byte[100];
        world.Kernel.Write(sockets.Data, 0, "to the peer"u8);
        transcript.Add("send", sockets.Send(handle, 11, 1000));
        transcript.Add("send: received", Encoding.UTF8.GetString(buffer, 0, peer.Receive(buffer)));
        transcript.Add("send, not waiting", sockets.Send(handle, 11, 0));
        transcript.Add("send, waiting for ever", sockets.Send(handle, 11, SocketRequests.Forever));
        transcript.Add("nothing there", sockets.Receive(handle, 0, 0));
        transcript.Add("receive in 10 ms", sockets.Receive(handle, 64, 10));
        transcript.Add("receive, not waiting", sockets.Receive(handle, 64, 0));
        peer.Send("to the TA"u8);
        Thread.Sleep(50);
        transcript.Add("something there", sockets.Receive(handle, 0, 0));
        transcript.Add("receive a part", sockets.Receive(handle, 2, 1000));
        transcript.Add("receive the rest", sockets.Receive(handle, 64, SocketRequests.Forever));
        transcript.Add("receive: content", Encoding.UTF8.GetString(world.Kernel.Read(sockets.Data, 0, 7)));
        world.Kernel.Write(sockets.Data, 0, BitConverter.GetBytes(8192));
        transcript.Add("receive buffer", sockets.Control(
            handle, 0x65F00000, Parameter.MemoryInOut(sockets.Data, 4)));
        transcript.Add("send buffer", sockets.Control(
            handle, 0x65F00001, Parameter.MemoryInOut(sockets.Data, 4)));
        transcript.Add("unknown control", sockets.Control(
            handle, 0x65F00009, Parameter.MemoryInOut(sockets.Data, 4)));
        peer.Shutdown(SocketShutdown.Send);
        transcript.Add("the end", sockets.Receive(handle, 64, 1000));
        transcript.Add("close", sockets.Close(handle));
    }

    public static void Udp(ScriptedWorld world, Transcript transcript)
    {
        SocketRequests sockets = new(world);
        using Socket first = Bind();
        using Socket second = Bind();
        byte[] buffer = new byte[100];
        EndPoint from = new IPEndPoint(IPAddress.Loopback, 0);
        ulong handle = transcript.AddChosen("open", sockets.Open(
            SocketRequests.Udp, "localhost", Port(first))).Parameters[3].A;
        world.Kernel.Write(sockets.Data, 0, "datagram"u8);
        transcript.Add("send", sockets.Send(handle, 8, 1000));
        transcript.Add("send: received", Encoding.UTF8.GetString(buffer, 0, first.ReceiveFrom(buffer, ref from)));
        transcript.Add("nothing there", sockets.Receive(handle, 0, 0));
        first.SendTo("a longer datagram"u8, from);
        first.SendTo("next"u8, from);
        transcript.Add("something there", sockets.Receive(handle, 0, 0));
        transcript.Add("receive a part", sockets.Receive(handle, 4, 1000));
        transcript.Add("receive a part: content", Encoding.UTF8.GetString(world.Kernel.Read(sockets.Data, 0, 4)));
        transcript.Add("receive the next", sockets.Receive(handle, 64, 1000));
        transcript.Add("receive in 10 ms", sockets.Receive(handle, 64, 10));
        world.Kernel.Write(sockets.Data, 0, BitConverter.GetBytes((ushort)Port(second)));
        transcript.Add("change the port", sockets.Control(
            handle, SocketRequests.ChangePort, Parameter.MemoryInOut(sockets.Data, 2)));
        transcript.Add("send there", sockets.Send(handle, 2, 1000));
        transcript.Add("send there: received", $"{second.ReceiveFrom(buffer, ref from)}");
        world.Kernel.Write(sockets.Data, 0, "127.0.0.1\0"u8);
        transcript.Add("change the address", sockets.Control(
            handle, SocketRequests.ChangeAddress, Parameter.MemoryInOut(sockets.Data, 10)));
        transcript.Add("send to the address", sockets.Send(handle, 3, 1000));
        transcript.Add("a port of three bytes", sockets.Control(
            handle, SocketRequests.ChangePort, Parameter.MemoryInOut(sockets.Data, 3)));
        transcript.Add("a buffer size for UDP", sockets.Control(
            handle, 0x65F00000, Parameter.MemoryInOut(sockets.Data, 4)));
        transcript.Add("all closed", sockets.CloseAll());
    }

    public static void Odd(ScriptedWorld world, Transcript transcript)
    {
        SocketRequests sockets = new(world);
        using Socket server = SocketRequests.Listen();
        using Socket silent = Bind();
        int port = Port(server);
        transcript.AddChosen("nobody listens", sockets.Open(SocketRequests.Tcp, "127.0.0.1", Port(silent)));
        transcript.AddChosen("unknown protocol", sockets.Open(0x67, "127.0.0.1", port));
        transcript.AddChosen("an empty name", sockets.Open(SocketRequests.Tcp, "", port));
        transcript.AddChosen("no name", world.Wait(
            sockets.BeginOpen(SocketRequests.Tcp, port, Parameter.NullMemory(5))));
        world.Kernel.Write(sockets.Data, 0, "127.0.0.1\0"u8);
        transcript.AddChosen("a name without its end", world.Wait(
            sockets.BeginOpen(SocketRequests.Tcp, port, Parameter.MemoryInput(sockets.Data, 9))));
        transcript.AddChosen("not an address", sockets.Open(SocketRequests.Tcp, "127.0.0.256.", port));
        transcript.Add("close in an unknown instance", world.Call(
            SocketRequests.Function, Parameter.ValueInput(1, 99, 0)));
        transcript.Add("close all of an unknown instance", world.Call(
            SocketRequests.Function, Parameter.ValueInput(2, 99)));
        transcript.Add("send in an unknown instance", world.Call(
            SocketRequests.Function,
            Parameter.ValueInput(3, 99, 0),
            Parameter.MemoryInput(sockets.Data, 4),
            Parameter.ValueInOut(1000)));
        transcript.Add("unknown operation", world.Call(SocketRequests.Function, Parameter.ValueInput(6)));
        transcript.Add("no parameter", world.Call(SocketRequests.Function));
        transcript.Add("open with one parameter", world.Call(SocketRequests.Function, Parameter.ValueInput(0, 7)));
    }

    private static int Port(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private static Socket Bind()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5000 };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }
}
