// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.IO;
using System.Net.Sockets;
using System.Threading.Tasks;
using TpmReady.Board.Disks;

namespace TpmReady.Board.Tests.Harness;

/// <summary>The disk as an NBD client sees it; the numbers are those of NBD's doc/proto.md.</summary>
public sealed class VolatileDiskTests : IDisposable
{
    private const int Block = 4096;
    private const int Read = 0;
    private const int Write = 1;
    private const int Flush = 3;
    private const uint InvalidArgument = 22;

    private readonly string _image = Path.GetTempFileName();

    public VolatileDiskTests() => File.WriteAllBytes(_image, new byte[4 * Block]);

    public void Dispose() => File.Delete(_image);

    [Test]
    public async Task A_client_learns_the_size_and_that_flushes_and_forced_writes_are_understood()
    {
        await using VolatileDisk disk = VolatileDisk.Start(_image);
        using Socket client = await ConnectAsync(disk);
        byte[] export = Negotiate(client);

        await Assert.That(BinaryPrimitives.ReadInt64BigEndian(export.AsSpan(2))).IsEqualTo(4 * Block);
        await Assert.That((int)BinaryPrimitives.ReadUInt16BigEndian(export.AsSpan(10))).IsEqualTo(0b1101);
    }

    [Test]
    public async Task Only_what_was_flushed_outlives_a_cut_and_nothing_is_answered_after_it()
    {
        await using VolatileDisk disk = VolatileDisk.Start(_image);
        using Socket client = await ConnectAsync(disk);
        Negotiate(client);
        uint first = Request(client, Write, 0, Block, Filled(1));
        uint flush = Request(client, Flush, 0, 0);
        uint second = Request(client, Write, Block, Block, Filled(2));
        CutOutcome outcome = disk.Cut(Survival.Nothing, new Random(1));
        Send(client, Read, 0, Block, []);
        int answered = client.Receive(new byte[1]);
        byte[] medium = await File.ReadAllBytesAsync(_image);

        await Assert.That((first, flush, second)).IsEqualTo((0u, 0u, 0u));
        await Assert.That(outcome.Reverted).IsEqualTo(1);
        await Assert.That(answered).IsEqualTo(0);
        await Assert.That((medium[0], medium[Block])).IsEqualTo(((byte)1, (byte)0));
    }

    [Test]
    public async Task Parts_of_a_block_and_what_is_beyond_the_end_are_refused()
    {
        await using VolatileDisk disk = VolatileDisk.Start(_image);
        using Socket client = await ConnectAsync(disk);
        Negotiate(client);

        await Assert.That(Request(client, Write, 0, 512, new byte[512])).IsEqualTo(InvalidArgument);
        await Assert.That(Request(client, Write, 4 * Block, Block, Filled(1))).IsEqualTo(InvalidArgument);
        await Assert.That(Request(client, Read, long.MaxValue - Block + 1, Block)).IsEqualTo(InvalidArgument);
        await Assert.That(Request(client, 4, 0, Block)).IsEqualTo(InvalidArgument);
    }

    private static byte[] Filled(byte value)
    {
        byte[] data = new byte[Block];
        Array.Fill(data, value);
        return data;
    }

    private static async Task<Socket> ConnectAsync(VolatileDisk disk)
    {
        Socket client = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 30_000 };
        await client.ConnectAsync(new UnixDomainSocketEndPoint(disk.SocketPath));
        return client;
    }

    /// <summary>Asks for an option that the server has not, then for the export; returns what it tells about that.</summary>
    private static byte[] Negotiate(Socket client)
    {
        Receive(client, 18);
        client.Send([0, 0, 0, 3]);
        Option(client, 8, []);
        Receive(client, 20);
        Option(client, 7, [0, 0, 0, 0, 0, 0]);
        Receive(client, 20);
        byte[] export = Receive(client, 12);
        Receive(client, 20 + 14);
        Receive(client, 20);
        return export;
    }

    private static void Option(Socket client, uint option, byte[] data)
    {
        byte[] message = new byte[16 + data.Length];
        "IHAVEOPT"u8.CopyTo(message);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), option);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(12), data.Length);
        data.CopyTo(message, 16);
        client.Send(message);
    }

    /// <summary>The error of the reply.</summary>
    private static uint Request(Socket client, ushort command, long offset, int length, byte[]? data = null)
    {
        Send(client, command, offset, length, data ?? []);
        return BinaryPrimitives.ReadUInt32BigEndian(Receive(client, 16).AsSpan(4));
    }

    private static void Send(Socket client, ushort command, long offset, int length, byte[] data)
    {
        byte[] header = new byte[28 + data.Length];
        BinaryPrimitives.WriteUInt32BigEndian(header, 0x2560_9513);
        BinaryPrimitives.WriteUInt16BigEndian(header.AsSpan(6), command);
        BinaryPrimitives.WriteInt64BigEndian(header.AsSpan(16), offset);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(24), length);
        data.CopyTo(header, 28);
        client.Send(header);
    }

    private static byte[] Receive(Socket client, int bytes)
    {
        byte[] data = new byte[bytes];
        for (int done = 0; done < bytes;)
        {
            int got = client.Receive(data, done, bytes - done, SocketFlags.None);
            done += got > 0 ? got : throw new IOException("the disk went away");
        }

        return data;
    }
}
