// SPDX-License-Identifier: MIT

using System;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using TpmReady.Supplicant.Sockets;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Sockets;

/// <summary>What TAs do with sockets, against real peers on the loopback interface.</summary>
public sealed class SocketTransferTests
{
    [Test]
    [Arguments(AddressFamily.InterNetwork)]
    [Arguments(AddressFamily.InterNetworkV6)]
    public async Task A_stream_carries_bytes_both_ways(AddressFamily family)
    {
        using Socket listener = SocketFixture.Listen(family);
        using SocketFixture sockets = new();
        ulong handle = sockets.MustOpen(listener);
        using Socket peer = await listener.AcceptAsync();

        await Assert.That(sockets.Send(handle, "to the peer"u8)).IsEqualTo((TeeResult.Success, 11UL));
        await Assert.That(sockets.Send(handle, " in time"u8, 1000)).IsEqualTo((TeeResult.Success, 8UL));
        byte[] received = new byte[64];
        int count = 0;
        while (count < 19)
        {
            count += await peer.ReceiveAsync(received.AsMemory(count));
        }

        await Assert.That(Encoding.UTF8.GetString(received, 0, count)).IsEqualTo("to the peer in time");
        await peer.SendAsync("to the TA"u8.ToArray());
        await Assert.That(sockets.Receive(handle, 64)).IsEqualTo((TeeResult.Success, 9UL));
        await Assert.That(Encoding.UTF8.GetString(sockets.Memory.Bytes[..9])).IsEqualTo("to the TA");
        await Assert.That(sockets.Close(handle)).IsEqualTo(TeeResult.Success);
        await Assert.That(await peer.ReceiveAsync(received)).IsEqualTo(0);
        await Assert.That(sockets.Service.OpenCount).IsEqualTo(0);
    }

    [Test]
    [Arguments(AddressFamily.InterNetwork)]
    [Arguments(AddressFamily.InterNetworkV6)]
    public async Task Datagrams_arrive_whole_or_cut_with_their_true_size(AddressFamily family)
    {
        using Socket peer = SocketFixture.Listen(family, SocketType.Dgram);
        using SocketFixture sockets = new();
        ulong handle = sockets.MustOpen(peer, SocketFixture.Udp);
        await Assert.That(sockets.Send(handle, "question"u8)).IsEqualTo((TeeResult.Success, 8UL));
        byte[] question = new byte[64];
        SocketReceiveFromResult from = await peer.ReceiveFromAsync(question, peer.LocalEndPoint!);
        await Assert.That(from.ReceivedBytes).IsEqualTo(8);

        await Assert.That(sockets.Receive(handle, 0)).IsEqualTo((TeeResult.Success, 0UL));
        await peer.SendToAsync("a long answer"u8.ToArray(), from.RemoteEndPoint);
        await peer.SendToAsync("second"u8.ToArray(), from.RemoteEndPoint);
        await Assert.That(sockets.Receive(handle, 0)).IsEqualTo((TeeResult.Success, 13UL));
        await Assert.That(sockets.Receive(handle, 6)).IsEqualTo((TeeResult.Success, 13UL));
        await Assert.That(Encoding.UTF8.GetString(sockets.Memory.Bytes[..6])).IsEqualTo("a long");
        await Assert.That(sockets.Receive(handle, 64)).IsEqualTo((TeeResult.Success, 6UL));
    }

    [Test]
    public async Task Without_room_a_stream_tells_how_much_waits()
    {
        using Socket listener = SocketFixture.Listen(AddressFamily.InterNetwork);
        using SocketFixture sockets = new();
        ulong handle = sockets.MustOpen(listener);
        using Socket peer = await listener.AcceptAsync();
        await Assert.That(sockets.Receive(handle, 0)).IsEqualTo((TeeResult.Success, 0UL));
        await peer.SendAsync(new byte[100]);
        await Until.True(() => sockets.Receive(handle, 0).Size == 100);

        // Asking takes nothing away; and more than 4096 is never told.
        await Assert.That(sockets.Receive(handle, 0)).IsEqualTo((TeeResult.Success, 100UL));
        await peer.SendAsync(new byte[9000]);
        await Until.True(() => sockets.Receive(handle, 0).Size == 4096);
    }

    [Test]
    public async Task The_end_of_a_stream_is_no_bytes_or_remote_closed()
    {
        foreach (bool isStrict in (bool[])[false, true])
        {
            using Socket listener = SocketFixture.Listen(AddressFamily.InterNetwork);
            using SocketFixture sockets = new(isStrict: isStrict);
            ulong handle = sockets.MustOpen(listener);
            using Socket peer = await listener.AcceptAsync();
            await peer.SendAsync("last"u8.ToArray());
            peer.Shutdown(SocketShutdown.Send);

            await Assert.That(sockets.Receive(handle, 64)).IsEqualTo((TeeResult.Success, 4UL));
            await Assert.That(sockets.Receive(handle, 64)).IsEqualTo(
                isStrict ? (TeeResult.SocketRemoteClosed, 64UL) : (TeeResult.Success, 0UL));

            // Half closed: the other direction still works.
            await Assert.That(sockets.Send(handle, "heard"u8)).IsEqualTo((TeeResult.Success, 5UL));
            await Assert.That(await peer.ReceiveAsync(new byte[64])).IsEqualTo(5);
        }
    }

    [Test]
    public async Task A_slow_reader_takes_whole_buffers_until_the_time_is_over()
    {
        using Socket listener = SocketFixture.Listen(AddressFamily.InterNetwork);
        using SocketFixture sockets = new();
        ulong handle = sockets.MustOpen(listener);
        using Socket peer = await listener.AcceptAsync();
        await Assert.That(sockets.Control(handle, SocketCommand.SetSendBuffer, [0, 0x40, 0, 0]))
            .IsEqualTo(TeeResult.Success);
        byte[] data = new byte[4096];
        (TeeResult Result, ulong Sent) sent;
        int full = 0;
        do
        {
            sent = sockets.Send(handle, data, 20);
            full += sent.Sent == 4096 ? 1 : 0;
        }
        while (sent.Result == TeeResult.Success && full < 10_000);

        await Assert.That(sent).IsEqualTo((TeeResult.SocketTimeout, 0UL));
        await Assert.That(full).IsGreaterThan(0);
    }

    [Test]
    public async Task A_datagram_too_large_is_a_large_buffer()
    {
        using Socket peer = SocketFixture.Listen(AddressFamily.InterNetwork, SocketType.Dgram);
        using SocketFixture sockets = new();
        ulong handle = sockets.MustOpen(peer, SocketFixture.Udp);

        await Assert.That(sockets.Send(handle, new byte[65530])).IsEqualTo((TeeResult.SocketLargeBuffer, 0UL));
        await Assert.That(sockets.Send(handle, [])).IsEqualTo((TeeResult.Success, 0UL));
        await Assert.That(await peer.ReceiveAsync(new byte[64])).IsEqualTo(0);
    }

    [Test]
    [Arguments(AddressFamily.InterNetwork)]
    [Arguments(AddressFamily.InterNetworkV6)]
    public async Task A_datagram_socket_changes_its_peer(AddressFamily family)
    {
        using Socket first = SocketFixture.Listen(family, SocketType.Dgram);
        using Socket second = SocketFixture.Listen(family, SocketType.Dgram);
        using SocketFixture sockets = new();
        ulong handle = sockets.MustOpen(first, SocketFixture.Udp);
        byte[] port = BitConverter.GetBytes((ushort)SocketFixture.EndPoint(second).Port);
        await Assert.That(sockets.Control(handle, SocketCommand.ChangePort, port)).IsEqualTo(TeeResult.Success);
        _ = sockets.Send(handle, "to the second"u8);
        await Assert.That(await second.ReceiveAsync(new byte[64])).IsEqualTo(13);

        byte[] host = Encoding.UTF8.GetBytes(SocketFixture.EndPoint(first).Address + "\0");
        await Assert.That(sockets.Control(handle, SocketCommand.ChangeAddress, host)).IsEqualTo(TeeResult.Success);
        _ = sockets.Send(handle, "the port stays"u8);
        await Assert.That(await second.ReceiveAsync(new byte[64])).IsEqualTo(14);
    }

    [Test]
    public async Task A_refused_connection_and_a_wrong_family_are_told_apart()
    {
        using Socket listener = SocketFixture.Listen(AddressFamily.InterNetwork);
        int port = SocketFixture.EndPoint(listener).Port;
        using SocketFixture sockets = new();
        await Assert.That(sockets.Open("127.0.0.1", port, version: 2).Result).IsEqualTo(TeeResult.SocketHostname);
        await Assert.That(sockets.Open("127.0.0.1", port, version: 1).Result).IsEqualTo(TeeResult.Success);
        listener.Close();
        await Assert.That(sockets.Open("127.0.0.1", port).Result).IsEqualTo(TeeResult.Communication);
        await Assert.That(sockets.Service.OpenCount).IsEqualTo(1);
    }
}
