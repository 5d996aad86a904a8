// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Threading;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Killed;

/// <summary>Clients of what must not be done twice: they go on after a failure, and say what they saw.</summary>
internal static class OnceClients
{
    private const uint Plugin = 12;
    private const int Header = 6;
    private static readonly byte[] Key = new byte[32];

    /// <summary>Calls a plug-in.</summary>
    public static void CallPlugin(KeptWorld world, Tally tally, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            Reply reply = world.Call(
                Plugin,
                Parameter.ValueInput(0, 0x66FC7BF0, 0x154A8C95),
                Parameter.ValueInput(0x0E26C099, 0xDD75734E, 5),
                Parameter.ValueInOut(6),
                Parameter.NullMemory(7));
            tally.Note("plug-in", reply.Name);
        }
    }

    /// <summary>Sends to a TCP socket that sends all of it back.</summary>
    public static void UseSocket(KeptWorld world, Tally tally, CancellationToken end)
    {
        using Socket listener = SocketRequests.Listen(backlog: 100);
        _ = new Thread(() => Echo(listener), 256 * 1024) { IsBackground = true }.UnsafeStarted();
        SocketRequests sockets = new(world);
        ulong? handle = null;
        while (!end.IsCancellationRequested)
        {
            if (handle is not ulong open)
            {
                Reply opened = sockets.Open(SocketRequests.Tcp, "127.0.0.1", Port(listener));
                handle = tally.Note("socket: open", opened.Name) ? opened.Parameters[3].A : null;
                continue;
            }

            bool isWell = tally.Note("socket: send", sockets.Send(open, 16, SocketRequests.Forever).Name)
                && tally.Note("socket: receive", sockets.Receive(open, 16, SocketRequests.Forever).Name);
            if (!isWell)
            {
                _ = sockets.Close(open);
                handle = null;
            }
        }
    }

    /// <summary>Writes a block of an RPMB with the counter that the RPMB has, and reads it again.</summary>
    public static void UseRpmb(KeptWorld world, Tally tally, CancellationToken end)
    {
        RpmbRequests rpmb = new(world);
        _ = rpmb.Send(type: 1);
        byte acknowledged = 0;
        for (byte mark = 1; !end.IsCancellationRequested; mark++)
        {
            if (!tally.Note("RPMB: read the counter", Outcome(rpmb, rpmb.Send(type: 2))))
            {
                continue;
            }

            uint counter = rpmb.Counter();
            Reply written = rpmb.Send(type: 3, fill: request => Sign(request, counter, mark));
            if (tally.Note("RPMB: write", Outcome(rpmb, written)))
            {
                acknowledged = mark;
            }

            Reply read = rpmb.Send(type: 4, fill: static request => request[Header + 507] = 1);
            if (tally.Note("RPMB: read", Outcome(rpmb, read))
                && rpmb.Data()[0] != acknowledged && rpmb.Data()[0] != mark)
            {
                tally.Lost.Enqueue($"the RPMB holds {rpmb.Data()[0]}, and {acknowledged} was acknowledged");
            }
        }
    }

    private static string Outcome(RpmbRequests rpmb, Reply reply) => (reply.IsSuccess ? rpmb.Result() : -1) switch
    {
        -1 => reply.Name,
        0 => "SUCCESS",
        3 => "counter failure: it had been done",
        int result => $"result {result}",
    };

    /// <summary>JESD84-B51, 6.6.22: data at 228, the counter at 500, one block; the MAC covers bytes 228 to 511.</summary>
    private static void Sign(byte[] request, uint counter, byte mark)
    {
        Span<byte> frame = request.AsSpan(Header, 512);
        frame.Slice(228, 256).Fill(mark);
        BinaryPrimitives.WriteUInt32BigEndian(frame[500..], counter);
        frame[507] = 1;
        HMACSHA256.HashData(Key, frame[228..]).CopyTo(frame[196..]);
    }

    private static int Port(Socket listener) => ((System.Net.IPEndPoint)listener.LocalEndPoint!).Port;

    private static Thread UnsafeStarted(this Thread thread)
    {
        thread.Start();
        return thread;
    }

    private static void Echo(Socket listener)
    {
        try
        {
            while (true)
            {
                Socket connection = listener.Accept();
                _ = new Thread(() => Echo(connection, new byte[64]), 256 * 1024) { IsBackground = true }.UnsafeStarted();
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The client has ended.
        }
    }

    private static void Echo(Socket connection, byte[] data)
    {
        using (connection)
        {
            try
            {
                for (int length = connection.Receive(data); length > 0; length = connection.Receive(data))
                {
                    connection.Send(data.AsSpan(0, length));
                }
            }
            catch (SocketException)
            {
                // The supplicant was killed.
            }
        }
    }
}
