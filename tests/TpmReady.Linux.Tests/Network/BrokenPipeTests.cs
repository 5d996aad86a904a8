// SPDX-License-Identifier: MIT

using System;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Network;

namespace TpmReady.Linux.Tests.Network;

/// <summary>Sending to a peer that is gone is an error number and no signal.</summary>
/// <remarks>
/// .NET ignores SIGPIPE, and a plug-in may change that. So the signal is blocked here: then the kernel keeps it pending
/// even where it would be ignored (sig_ignored in kernel/signal.c), and it can be seen.
/// </remarks>
public sealed partial class BrokenPipeTests
{
    private const int BrokenPipe = 13;
    private const int Block = 0;

    [Test]
    public async Task A_peer_that_is_gone_costs_no_signal()
    {
        (nint result, bool signalled) = OnThreadThatBlocksTheSignal(Send);
        await Assert.That(result).IsEqualTo(-Errno.EPIPE);
        await Assert.That(signalled).IsFalse();
    }

    [Test]
    public async Task The_C_supplicants_way_does_cost_one()
    {
        (nint result, bool signalled) = OnThreadThatBlocksTheSignal(Write);
        await Assert.That(result).IsEqualTo(-1);
        await Assert.That(signalled).IsTrue();
    }

    private static unsafe nint Send(int descriptor)
    {
        byte one = 1;
        return new LinuxSocketOperations().Send(descriptor, &one, 1);
    }

    private static unsafe nint Write(int descriptor)
    {
        byte one = 1;
        return Libc.Write(descriptor, &one, 1);
    }

    private static unsafe (nint Result, bool Signalled) OnThreadThatBlocksTheSignal(Func<int, nint> send)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using Socket client = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndPoint!);
        client.Shutdown(SocketShutdown.Both);
        int descriptor = (int)client.Handle;
        nint result = 0;
        bool signalled = false;
        Thread thread = new(() =>
        {
            // sigset_t is 128 bytes (bits/types/__sigset_t.h); signal N is bit N - 1.
            ulong* set = stackalloc ulong[16];
            set[0] = 1UL << (BrokenPipe - 1);
            _ = SetSignalMask(Block, set, null);
            result = send(descriptor);
            new Span<ulong>(set, 16).Clear();
            _ = GetPendingSignals(set);
            signalled = (set[0] & (1UL << (BrokenPipe - 1))) != 0;
        });
        thread.Start();
        thread.Join();
        return (result, signalled);
    }

    [LibraryImport("libc", EntryPoint = "pthread_sigmask")]
    private static unsafe partial int SetSignalMask(int how, ulong* set, ulong* previous);

    [LibraryImport("libc", EntryPoint = "sigpending")]
    private static unsafe partial int GetPendingSignals(ulong* set);
}
