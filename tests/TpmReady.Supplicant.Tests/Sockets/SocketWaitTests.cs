// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Threading.Tasks;
using TpmReady.Linux.Network;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Sockets;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Sockets;

/// <summary>Waits end: when the socket is closed, when the time is over, when the program ends.</summary>
public sealed class SocketWaitTests
{
    private static readonly SocketLimits Impatient = new() { ConnectTimeout = TimeSpan.FromMilliseconds(300) };

    [Test]
    [Arguments(AddressFamily.InterNetwork, SocketType.Stream)]
    [Arguments(AddressFamily.InterNetwork, SocketType.Dgram)]
    [Arguments(AddressFamily.InterNetworkV6, SocketType.Stream)]
    [Arguments(AddressFamily.InterNetworkV6, SocketType.Dgram)]
    public async Task Closing_wakes_the_thread_that_waits_for_the_same_socket(AddressFamily family, SocketType type)
    {
        using Socket peer = SocketFixture.Listen(family, type);
        using SocketFixture sockets = new();
        ulong protocol = type == SocketType.Stream ? SocketFixture.Tcp : SocketFixture.Udp;
        foreach (bool all in (bool[])[false, true])
        {
            ulong handle = sockets.MustOpen(peer, protocol);
            FakeRequest first = sockets.SubmitReceive(handle, sockets.Memory);
            FakeRequest second = sockets.SubmitReceive(handle, sockets.Memory);
            await Until.True(() => sockets.Service.WaitCount == 2);

            await Assert.That(all ? sockets.CloseAll() : sockets.Close(handle)).IsEqualTo(TeeResult.Success);
            await Assert.That(first.Wait().Result).IsEqualTo(TeeResult.SocketRemoteClosed);
            await Assert.That(second.Wait().Result).IsEqualTo(TeeResult.SocketRemoteClosed);
            await Assert.That(sockets.Sockets.ClosedUnderPoll).IsEqualTo(0);
            await sockets.Server.WaitUntilIdle();
            await Assert.That(sockets.Service.OpenCount).IsEqualTo(0);
        }
    }

    [Test]
    public async Task A_sender_that_waits_wakes_too()
    {
        using Socket listener = SocketFixture.Listen(AddressFamily.InterNetwork);
        using SocketFixture sockets = new();
        ulong handle = sockets.MustOpen(listener);
        FakeRequest send;
        do
        {
            send = sockets.Submit(
                FakeSecureWorld.ValueInput((ulong)SocketOperation.Send, SocketFixture.Instance, handle),
                FakeSecureWorld.MemoryInput(sockets.Memory, 65536),
                FakeSecureWorld.ValueInOut(SocketFixture.Never));
            await Until.True(() => sockets.Service.WaitCount == 1 || send.State == FakeRequestState.Done);
        }
        while (send.State == FakeRequestState.Done);
        await Assert.That(sockets.Close(handle)).IsEqualTo(TeeResult.Success);
        await Assert.That(send.Wait().Result).IsEqualTo(TeeResult.SocketRemoteClosed);
    }

    [Test]
    public async Task A_connection_that_nobody_answers_ends_in_time()
    {
        using Socket listener = SocketFixture.Listen(AddressFamily.InterNetwork, backlog: 0);
        using SocketFixture sockets = new(Impatient);

        // Nobody accepts: once the queue is full, the kernel drops what would begin further connections.
        TeeResult result;
        long start;
        int connected = 0;
        do
        {
            start = Stopwatch.GetTimestamp();
            result = sockets.Open(listener).Result;
            connected++;
        }
        while (result == TeeResult.Success && connected < 10);

        await Assert.That(result).IsEqualTo(TeeResult.SocketTimeout);
        await Assert.That(Stopwatch.GetElapsedTime(start)).IsBetween(
            TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(5));
        await Assert.That(sockets.Service.OpenCount).IsEqualTo(connected - 1);
    }

    [Test]
    public async Task The_first_address_leaves_time_for_the_second()
    {
        using Socket full = SocketFixture.Listen(AddressFamily.InterNetwork, backlog: 0);
        int port = SocketFixture.EndPoint(full).Port;
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), port));
        listener.Listen(4);
        using SocketFixture sockets = new(new SocketLimits { ConnectTimeout = TimeSpan.FromSeconds(4) });
        sockets.Sockets.Known = ("host", [Address("127.0.0.1"), Address("127.0.0.2")]);
        await FillAsync(full);
        long start = Stopwatch.GetTimestamp();

        await Assert.That(sockets.Open("host", port).Result).IsEqualTo(TeeResult.Success);
        await Assert.That(Stopwatch.GetElapsedTime(start)).IsBetween(
            TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(3.9));
        using Socket peer = await listener.AcceptAsync();
        await Assert.That(peer.Connected).IsTrue();
    }

    [Test]
    public async Task A_name_that_cannot_be_looked_up_holds_nobody()
    {
        using SocketFixture sockets = new(Impatient with { MaximumLookups = 2 });
        sockets.Sockets.NameServer.Reset();
        long start = Stopwatch.GetTimestamp();
        FakeRequest first = sockets.SubmitOpen("one.example", 1);
        await Until.True(() => sockets.Sockets.Lookups == 1);
        await Assert.That(sockets.Open("two.example", 1).Result).IsEqualTo(TeeResult.SocketTimeout);
        await Assert.That(first.Wait().Result).IsEqualTo(TeeResult.SocketTimeout);
        await Assert.That(Stopwatch.GetElapsedTime(start)).IsLessThan(TimeSpan.FromSeconds(5));

        // Two questions are still out there: a third is not asked. Addresses in numbers need none.
        await Assert.That(sockets.Open("three.example", 1).Result).IsEqualTo(TeeResult.SocketOutOfResources);
        await Assert.That(sockets.Open("127.0.0.1", 1, SocketFixture.Udp).Result).IsEqualTo(TeeResult.Success);
        sockets.Sockets.NameServer.Set();
        await Until.True(() => sockets.Open("four.example", 1).Result == TeeResult.SocketHostname);
    }

    [Test]
    public async Task Other_requests_are_served_while_TAs_wait()
    {
        using Socket peer = SocketFixture.Listen(AddressFamily.InterNetwork, SocketType.Dgram);
        const int threads = 8;
        using SocketFixture sockets = new(
            new SocketLimits { MaximumWaits = SocketLimits.GetMaximumWaits(threads) },
            threads: new SupplicantLimits { MaximumThreads = threads });
        ulong handle = sockets.MustOpen(peer, SocketFixture.Udp);
        FakeRequest[] receives = new FakeRequest[threads * 2];
        for (int i = 0; i < receives.Length; i++)
        {
            receives[i] = sockets.SubmitReceive(handle, sockets.Memory);
        }

        await Until.True(() => receives.Count(static request => request.State == FakeRequestState.Done) == 10);
        await Assert.That(sockets.Service.WaitCount).IsEqualTo(6);
        await Assert.That(receives.Where(static request => request.State == FakeRequestState.Done)
            .All(static request => request.Result == TeeResult.SocketOutOfResources)).IsTrue();
        await Assert.That(sockets.Server.World.Call(RpcFunction.Plugin).Result).IsEqualTo(TeeResult.Success);

        // What is there is received all the same; and above all the CLOSE that ends the waits finds a thread.
        await Assert.That(sockets.Close(handle)).IsEqualTo(TeeResult.Success);
        await Assert.That(receives.Count(static request => request.Wait().Result == TeeResult.SocketRemoteClosed))
            .IsEqualTo(6);
        await sockets.Server.WaitUntilIdle();
    }

    [Test]
    [Arguments(1, 1)]
    [Arguments(2, 1)]
    [Arguments(3, 1)]
    [Arguments(8, 6)]
    [Arguments(64, 48)]
    public async Task Threads_are_left_for_others(int threads, int waits) =>
        await Assert.That(SocketLimits.GetMaximumWaits(threads)).IsEqualTo(waits);

    [Test]
    public async Task The_socket_of_a_killed_client_is_closed()
    {
        using Socket listener = SocketFixture.Listen(AddressFamily.InterNetwork);
        using SocketFixture sockets = new();
        sockets.Sockets.Known = ("host", [Address("127.0.0.1")]);
        sockets.Sockets.NameServer.Reset();
        FakeRequest open = sockets.SubmitOpen("host", SocketFixture.EndPoint(listener).Port);
        await Until.True(() => sockets.Sockets.Lookups == 1);
        open.Kill();
        sockets.Sockets.NameServer.Set();
        using Socket peer = await listener.AcceptAsync();

        await Assert.That(await peer.ReceiveAsync(new byte[8])).IsEqualTo(0);
        await sockets.Server.WaitUntilIdle();
        await Assert.That(sockets.Service.OpenCount).IsEqualTo(0);
        await Assert.That(sockets.Server.Server.Statistics.RolledBack).IsEqualTo(1);
    }

    [Test]
    public async Task Closing_all_reaches_a_socket_that_is_being_opened()
    {
        using Socket listener = SocketFixture.Listen(AddressFamily.InterNetwork, backlog: 0);
        using SocketFixture sockets = new();
        await FillAsync(listener);
        FakeRequest open = sockets.SubmitOpen("127.0.0.1", SocketFixture.EndPoint(listener).Port);
        await Until.True(() => sockets.Sockets.Polling == 1);

        await Assert.That(sockets.CloseAll()).IsEqualTo(TeeResult.Success);
        await Assert.That(open.Wait().Result).IsEqualTo(TeeResult.Communication);
        await Assert.That(open.Parameters[3].A).IsEqualTo(0UL);
        await sockets.Server.WaitUntilIdle();
        await Assert.That(sockets.Service.OpenCount).IsEqualTo(0);
    }

    [Test]
    public async Task The_end_of_the_program_ends_waits()
    {
        using Socket listener = SocketFixture.Listen(AddressFamily.InterNetwork);
        using SocketFixture sockets = new();
        sockets.Sockets.NameServer.Reset();
        ulong handle = sockets.MustOpen(listener);
        FakeRequest receive = sockets.SubmitReceive(handle, sockets.Memory);
        FakeRequest open = sockets.SubmitOpen("host", 1);
        await Until.True(() => sockets.Sockets.Polling == 1 && sockets.Sockets.Lookups == 1);

        await Assert.That(sockets.Server.Drain(TimeSpan.FromMilliseconds(200))).IsEqualTo(0);
        await Assert.That(receive.Wait().Result).IsEqualTo(TeeResult.SocketRemoteClosed);
        await Assert.That(open.Wait().Result).IsEqualTo(TeeResult.Communication);
    }

    [Test]
    public async Task Sockets_are_bounded_for_one_instance_and_for_all()
    {
        using Socket peer = SocketFixture.Listen(AddressFamily.InterNetwork, SocketType.Dgram);
        using SocketFixture sockets = new(new SocketLimits { MaximumSockets = 5, MaximumPerInstance = 3 });
        for (int i = 0; i < 3; i++)
        {
            _ = sockets.MustOpen(peer, SocketFixture.Udp);
        }

        await Assert.That(sockets.Open(peer, SocketFixture.Udp).Result).IsEqualTo(TeeResult.SocketOutOfResources);
        _ = sockets.MustOpen(peer, SocketFixture.Udp, instance: 1);
        _ = sockets.MustOpen(peer, SocketFixture.Udp, instance: 1);
        await Assert.That(sockets.Open(peer, SocketFixture.Udp, instance: 1).Result)
            .IsEqualTo(TeeResult.SocketOutOfResources);
        _ = sockets.CloseAll();
        _ = sockets.MustOpen(peer, SocketFixture.Udp, instance: 1);
        await Assert.That(sockets.Service.OpenCount).IsEqualTo(3);
    }

    private static InternetAddress Address(string text) =>
        InternetAddress.TryParse(text, out InternetAddress address) ? address : throw new FormatException(text);

    /// <summary>Connects until the queue of connections that nobody accepts is full.</summary>
    private static async Task FillAsync(Socket listener)
    {
        while (true)
        {
            Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            Task connect = client.ConnectAsync(listener.LocalEndPoint!);
            if (await Task.WhenAny(connect, Task.Delay(200)) != connect)
            {
                client.Dispose();
                await connect.ContinueWith(static task => task.Exception, TaskScheduler.Default);
                return;
            }
        }
    }
}
