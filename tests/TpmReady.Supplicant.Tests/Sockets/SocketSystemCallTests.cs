// SPDX-License-Identifier: MIT

using System;
using System.Net.Sockets;
using System.Threading.Tasks;
using TpmReady.Supplicant.Sockets;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Sockets;

/// <summary>What a request costs: system calls, and managed memory.</summary>
public sealed class SocketSystemCallTests
{
    [Test]
    public async Task A_stream_costs_no_more_calls_than_it_must()
    {
        using Socket listener = SocketFixture.Listen(AddressFamily.InterNetwork);
        using SocketFixture sockets = new();
        sockets.Sockets.Records = true;
        ulong handle = sockets.MustOpen(listener);
        using Socket peer = await listener.AcceptAsync();
        await Assert.That(sockets.Sockets.TakeCalls()).IsEqualTo("socket connect poll");

        _ = sockets.Send(handle, "1"u8);
        await Assert.That(sockets.Sockets.TakeCalls()).IsEqualTo("send");
        _ = sockets.Send(handle, "1"u8, 1000);
        await Assert.That(sockets.Sockets.TakeCalls()).IsEqualTo("poll send");

        await peer.SendAsync(new byte[3]);
        _ = sockets.Receive(handle, 1);
        await Assert.That(sockets.Sockets.TakeCalls()).IsEqualTo("poll recv");
        _ = sockets.Receive(handle, 1, 0);
        await Assert.That(sockets.Sockets.TakeCalls()).IsEqualTo("recv");
        _ = sockets.Receive(handle, 0);
        await Assert.That(sockets.Sockets.TakeCalls()).IsEqualTo("ioctl");
        _ = sockets.Control(handle, SocketCommand.SetReceiveBuffer, [0, 0x40, 0, 0]);
        await Assert.That(sockets.Sockets.TakeCalls()).IsEqualTo("setsockopt");
        _ = sockets.Close(handle);
        await Assert.That(sockets.Sockets.TakeCalls()).IsEqualTo("close");
    }

    [Test]
    public async Task A_datagram_socket_costs_no_more_calls_than_it_must()
    {
        using Socket peer = SocketFixture.Listen(AddressFamily.InterNetwork, SocketType.Dgram);
        using SocketFixture sockets = new();
        sockets.Sockets.Records = true;
        ulong handle = sockets.MustOpen(peer, SocketFixture.Udp);
        await Assert.That(sockets.Sockets.TakeCalls()).IsEqualTo("socket connect");
        _ = sockets.Send(handle, "1"u8, 1000);
        await Assert.That(sockets.Sockets.TakeCalls()).IsEqualTo("send");

        SocketReceiveFromResult from = await peer.ReceiveFromAsync(new byte[8], peer.LocalEndPoint!);
        await peer.SendToAsync(new byte[3], from.RemoteEndPoint);
        _ = sockets.Receive(handle, 0);
        await Assert.That(sockets.Sockets.TakeCalls()).IsEqualTo("ioctl");
        _ = sockets.Receive(handle, 1, 1000);
        await Assert.That(sockets.Sockets.TakeCalls()).IsEqualTo("poll recv");
        _ = sockets.Control(handle, SocketCommand.ChangePort, [1, 1]);
        await Assert.That(sockets.Sockets.TakeCalls()).IsEqualTo("connect");
    }

    [Test]
    public async Task Thousands_of_requests_allocate_nothing()
    {
        using Socket peer = SocketFixture.Listen(AddressFamily.InterNetwork, SocketType.Dgram);
        using Socket listener = SocketFixture.Listen(AddressFamily.InterNetwork, backlog: 4096);
        MeasuringDevice? device = null;
        using SocketFixture sockets = new(wrap: inner => device = new MeasuringDevice(inner));
        Exercise(sockets, peer, listener, 300);
        // On a busy machine a thread may be started, which costs objects: in another round none is.
        long allocated = long.MaxValue;
        for (int round = 0; round < 3 && allocated > 0; round++)
        {
            device!.Reset();
            Exercise(sockets, peer, listener, 2000);
            allocated = Math.Min(allocated, device.Allocated);
        }

        await Assert.That(device!.Spans).IsGreaterThanOrEqualTo(2 * 7 * 1999);
        await Assert.That(allocated).IsEqualTo(0);
    }

    /// <summary>Seven requests a round, opening and closing included: a host in numbers costs nothing.</summary>
    private static void Exercise(SocketFixture sockets, Socket peer, Socket listener, int count)
    {
        ulong stream = sockets.MustOpen(listener);
        using Socket accepted = listener.Accept();
        byte[] port = BitConverter.GetBytes((ushort)SocketFixture.EndPoint(peer).Port);
        byte[] data = new byte[16];
        for (int i = 0; i < count; i++)
        {
            ulong handle = sockets.MustOpen(peer, SocketFixture.Udp);
            accepted.Send(data);
            if (sockets.Send(handle, data) != (TeeResult.Success, 16)
                || sockets.Control(handle, SocketCommand.ChangePort, port) != TeeResult.Success
                || sockets.Receive(handle, 16, 0).Result != TeeResult.SocketTimeout
                || sockets.Send(stream, data, 1000) != (TeeResult.Success, 16)
                || sockets.Receive(stream, 16) != (TeeResult.Success, 16)
                || sockets.Close(handle) != TeeResult.Success)
            {
                throw new InvalidOperationException("A request failed.");
            }

            peer.Receive(data);
            accepted.Receive(data);
        }

        _ = sockets.Close(stream);
    }
}
