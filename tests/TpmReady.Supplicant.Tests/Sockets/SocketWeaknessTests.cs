// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.Net.Sockets;
using System.Threading.Tasks;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Sockets;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Sockets;

/// <summary>Requests that end or hang the C supplicant.</summary>
public sealed class SocketWeaknessTests
{
    [Test]
    [Arguments(AddressFamily.InterNetwork)]
    [Arguments(AddressFamily.InterNetworkV6)]
    public async Task A_peer_that_resets_the_connection_is_a_closed_remote_end(AddressFamily family)
    {
        using Socket listener = SocketFixture.Listen(family);
        using SocketFixture sockets = new();
        ulong handle = sockets.MustOpen(listener);
        using (Socket peer = await listener.AcceptAsync())
        {
            peer.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        // The reset arrives; the first call tells of it, and those after it write to a pipe without a reader.
        await Until.True(() => sockets.Send(handle, new byte[64]).Result != TeeResult.Success);
        await Assert.That(sockets.Send(handle, new byte[64])).IsEqualTo((TeeResult.SocketRemoteClosed, 0UL));
        await Assert.That(sockets.Send(handle, new byte[64], 1000)).IsEqualTo((TeeResult.SocketRemoteClosed, 0UL));
        await Assert.That(sockets.Close(handle)).IsEqualTo(TeeResult.Success);
    }

    [Test]
    public async Task A_reset_while_receiving_is_a_closed_remote_end()
    {
        using Socket listener = SocketFixture.Listen(AddressFamily.InterNetwork);
        using SocketFixture sockets = new();
        ulong handle = sockets.MustOpen(listener);
        using Socket peer = await listener.AcceptAsync();
        FakeRequest receive = sockets.SubmitReceive(handle, sockets.Memory);
        await Until.True(() => sockets.Sockets.Polling == 1);
        peer.LingerState = new LingerOption(enable: true, seconds: 0);
        peer.Close();
        await Assert.That(receive.Wait().Result).IsEqualTo(TeeResult.SocketRemoteClosed);
    }

    [Test]
    [Arguments(0UL)]
    [Arguments(3UL)]
    [Arguments(1023UL)]
    [Arguments(1024UL)]
    [Arguments((ulong)int.MaxValue)]
    [Arguments((ulong)uint.MaxValue)]
    [Arguments(ulong.MaxValue)]
    public async Task Handles_that_were_never_given_are_refused(ulong wrong)
    {
        using Socket listener = SocketFixture.Listen(AddressFamily.InterNetwork);
        using SocketFixture sockets = new();
        ulong handle = sockets.MustOpen(listener);

        await Assert.That(sockets.Close(wrong)).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(sockets.Send(wrong, [1]).Result).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(sockets.Receive(wrong, 1).Result).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(sockets.Control(wrong, SocketCommand.SetSendBuffer, [0, 1, 0, 0]))
            .IsEqualTo(TeeResult.BadParameters);

        // Truncated to 32 bits, this would be a handle.
        await Assert.That(sockets.Close(handle | (1UL << 32))).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(sockets.Close(handle)).IsEqualTo(TeeResult.Success);
        await Assert.That(sockets.Close(handle)).IsEqualTo(TeeResult.BadParameters);
    }

    [Test]
    public async Task Another_instance_does_not_reach_a_socket()
    {
        using Socket listener = SocketFixture.Listen(AddressFamily.InterNetwork);
        using SocketFixture sockets = new();
        ulong handle = sockets.MustOpen(listener);
        ulong stranger = SocketFixture.Instance + 1;

        await Assert.That(sockets.Send(handle, [1], instance: stranger).Result).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(sockets.Receive(handle, 1, instance: stranger).Result).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(sockets.Close(handle, stranger)).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(sockets.CloseAll(stranger)).IsEqualTo(TeeResult.Success);
        await Assert.That(sockets.Close(handle, SocketFixture.Instance | (1UL << 32)))
            .IsEqualTo(TeeResult.BadParameters);
        await Assert.That(sockets.Send(handle, [1])).IsEqualTo((TeeResult.Success, 1UL));
    }

    [Test]
    public async Task Changing_the_peer_without_memory_is_answered()
    {
        using Socket peer = SocketFixture.Listen(AddressFamily.InterNetwork, SocketType.Dgram);
        using SocketFixture sockets = new();
        ulong handle = sockets.MustOpen(peer, SocketFixture.Udp);
        TeeParameter none = FakeSecureWorld.MemoryInOut(null, 0);
        TeeParameter noneOfTwo = FakeSecureWorld.MemoryInOut(null, 2);
        TeeParameter beyond = FakeSecureWorld.MemoryInOut(sockets.Memory, 2, 65535);

        await Assert.That(sockets.Control(handle, SocketCommand.ChangeAddress, none))
            .IsEqualTo(TeeResult.SocketHostname);
        await Assert.That(sockets.Control(handle, SocketCommand.ChangePort, noneOfTwo))
            .IsEqualTo(TeeResult.BadParameters);
        await Assert.That(sockets.Control(handle, SocketCommand.ChangePort, beyond)).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(sockets.Control(handle, SocketCommand.ChangePort, [1])).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(sockets.Control(handle, SocketCommand.ChangeAddress, "127.0.0.1"u8))
            .IsEqualTo(TeeResult.SocketHostname);
        await Assert.That(sockets.Control(handle, SocketCommand.SetSendBuffer, [0, 1, 0, 0]))
            .IsEqualTo(TeeResult.NotSupported);
        await Assert.That(sockets.Control(handle, (SocketCommand)0x66000009, none)).IsEqualTo(TeeResult.NotSupported);
        await Assert.That(sockets.Send(handle, [1])).IsEqualTo((TeeResult.Success, 1UL));
    }

    [Test]
    [Arguments("")]
    [Arguments("a host")]
    [Arguments("new\nline")]
    [Arguments("ÿ")]
    public async Task What_cannot_be_a_host_is_not_looked_up(string host)
    {
        using SocketFixture sockets = new();
        await Assert.That(sockets.Open(host, 1).Result).IsEqualTo(TeeResult.SocketHostname);
        await Assert.That(sockets.Open(new string('a', 256), 1).Result).IsEqualTo(TeeResult.SocketHostname);
        await Assert.That(sockets.Sockets.Lookups).IsEqualTo(0);
        await Assert.That(sockets.Service.OpenCount).IsEqualTo(0);
    }

    [Test]
    public async Task Hostile_shapes_are_answered()
    {
        using SocketFixture sockets = new();
        TeeParameter open = FakeSecureWorld.ValueInput((ulong)SocketOperation.Open, 1);
        TeeParameter tcp = FakeSecureWorld.ValueInput(1, SocketFixture.Tcp);
        TeeParameter result = FakeSecureWorld.ValueOutput();
        TeeResult Ask(params TeeParameter[] parameters) => sockets.Submit(parameters).Wait().Result;

        await Assert.That(Ask()).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Ask(FakeSecureWorld.ValueInput(6))).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Ask(FakeSecureWorld.ValueInput(1UL << 32))).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Ask(open)).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Ask(open, tcp, FakeSecureWorld.MemoryInput(null, 0), result))
            .IsEqualTo(TeeResult.SocketHostname);
        await Assert.That(Ask(open, tcp, FakeSecureWorld.MemoryInput(null, 10), result))
            .IsEqualTo(TeeResult.SocketHostname);
        await Assert.That(Ask(open, tcp, FakeSecureWorld.MemoryInput(sockets.Memory, 0), result))
            .IsEqualTo(TeeResult.SocketHostname);
        await Assert.That(Ask(open, FakeSecureWorld.ValueInput(1, 0x67), sockets.Text("127.0.0.1"), result))
            .IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Ask(open, FakeSecureWorld.ValueInput(1, 0x65, 3), sockets.Text("127.0.0.1"), result))
            .IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Ask(FakeSecureWorld.ValueInput((ulong)SocketOperation.CloseAll, 1), result))
            .IsEqualTo(TeeResult.BadParameters);
    }

    [Test]
    public async Task Data_without_memory_is_refused()
    {
        using Socket peer = SocketFixture.Listen(AddressFamily.InterNetwork, SocketType.Dgram);
        using SocketFixture sockets = new();
        ulong handle = sockets.MustOpen(peer, SocketFixture.Udp);
        await Assert.That(sockets.SubmitReceive(handle, null, room: 64).Wait().Result)
            .IsEqualTo(TeeResult.BadParameters);
        await Assert.That(sockets.SubmitReceive(handle, sockets.Memory, room: 65537).Wait().Result)
            .IsEqualTo(TeeResult.BadParameters);
    }

    [Test]
    public async Task A_time_limit_is_kept_and_the_size_left_alone()
    {
        using Socket listener = SocketFixture.Listen(AddressFamily.InterNetwork);
        using SocketFixture sockets = new();
        ulong handle = sockets.MustOpen(listener);
        long start = Stopwatch.GetTimestamp();

        await Assert.That(sockets.Receive(handle, 64, 100)).IsEqualTo((TeeResult.SocketTimeout, 64UL));
        await Assert.That(Stopwatch.GetElapsedTime(start)).IsBetween(
            TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5));
        await Assert.That(sockets.Receive(handle, 64, 0)).IsEqualTo((TeeResult.SocketTimeout, 64UL));
    }

    [Test]
    public async Task Interruptions_do_not_lengthen_a_wait()
    {
        using Socket listener = SocketFixture.Listen(AddressFamily.InterNetwork);
        using SocketFixture sockets = new();
        ulong handle = sockets.MustOpen(listener);
        sockets.Sockets.Interrupt(100_000);
        long start = Stopwatch.GetTimestamp();

        await Assert.That(sockets.Receive(handle, 64, 50)).IsEqualTo((TeeResult.SocketTimeout, 64UL));
        await Assert.That(Stopwatch.GetElapsedTime(start)).IsLessThan(TimeSpan.FromSeconds(5));

        // And do not end it, either.
        sockets.Sockets.Interrupt(5);
        using Socket peer = await listener.AcceptAsync();
        FakeRequest receive = sockets.SubmitReceive(handle, sockets.Memory);
        await Until.True(() => sockets.Sockets.Polling == 1);
        await peer.SendAsync(new byte[3]);
        await Assert.That(receive.Wait().Parameters[1].B).IsEqualTo(3UL);
    }
}
