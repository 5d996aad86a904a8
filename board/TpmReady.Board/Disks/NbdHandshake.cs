// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace TpmReady.Board.Disks;

/// <summary>
/// The server's side of NBD's "fixed newstyle" negotiation, as far as QEMU needs it: one export, simple replies. The numbers
/// are from doc/proto.md of the NBD project.
/// </summary>
internal static class NbdHandshake
{
    private const ulong Magic = 0x4e42_444d_4147_4943; // NBDMAGIC
    private const ulong OptionMagic = 0x4948_4156_454f_5054; // IHAVEOPT
    private const ulong OptionReplyMagic = 0x0003_e889_0455_65a9;
    private const ushort FixedNewStyleWithoutZeroes = 3;
    private const int MostOptionBytes = 8192;

    // NBD_OPT_…
    private const uint Abort = 2;
    private const uint Information = 6;
    private const uint Go = 7;

    // NBD_REP_… and NBD_INFO_…
    private const uint Acknowledged = 1;
    private const uint InformationFollows = 3;
    private const uint Unsupported = 0x8000_0001;
    private const ushort AboutExport = 0;
    private const ushort AboutBlocks = 3;

    // NBD_FLAG_HAS_FLAGS, NBD_FLAG_SEND_FLUSH, NBD_FLAG_SEND_FUA
    private const ushort TransmissionFlags = 0b1101;

    /// <summary>Negotiates until the client wants to transmit.</summary>
    /// <returns>False when it wants nothing.</returns>
    /// <exception cref="IOException">It went away, or speaks something else.</exception>
    public static async Task<bool> NegotiateAsync(Stream stream, long diskBytes, CancellationToken cancellation)
    {
        byte[] greeting = new byte[18];
        BinaryPrimitives.WriteUInt64BigEndian(greeting, Magic);
        BinaryPrimitives.WriteUInt64BigEndian(greeting.AsSpan(8), OptionMagic);
        BinaryPrimitives.WriteUInt16BigEndian(greeting.AsSpan(16), FixedNewStyleWithoutZeroes);
        await stream.WriteAsync(greeting, cancellation).ConfigureAwait(false);
        await stream.ReadExactlyAsync(new byte[4], cancellation).ConfigureAwait(false);
        while (true)
        {
            uint option = await ReadOptionAsync(stream, cancellation).ConfigureAwait(false);
            byte[][] replies = option switch
            {
                Go or Information =>
                [
                    Reply(option, InformationFollows, Export(diskBytes)),
                    Reply(option, InformationFollows, Blocks()),
                    Reply(option, Acknowledged, []),
                ],
                Abort => [Reply(option, Acknowledged, [])],
                _ => [Reply(option, Unsupported, [])],
            };
            foreach (byte[] reply in replies)
            {
                await stream.WriteAsync(reply, cancellation).ConfigureAwait(false);
            }

            if (option is Go or Abort)
            {
                return option == Go;
            }
        }
    }

    /// <summary>The number of an option; which export it names does not matter, as there is one.</summary>
    private static async Task<uint> ReadOptionAsync(Stream stream, CancellationToken cancellation)
    {
        byte[] header = new byte[16];
        await stream.ReadExactlyAsync(header, cancellation).ConfigureAwait(false);
        uint length = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(12));
        if (BinaryPrimitives.ReadUInt64BigEndian(header) != OptionMagic || length > MostOptionBytes)
        {
            throw new IOException("not an option of the NBD protocol");
        }

        await stream.ReadExactlyAsync(new byte[length], cancellation).ConfigureAwait(false);
        return BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(8));
    }

    private static byte[] Export(long diskBytes)
    {
        byte[] data = new byte[12];
        BinaryPrimitives.WriteUInt16BigEndian(data, AboutExport);
        BinaryPrimitives.WriteInt64BigEndian(data.AsSpan(2), diskBytes);
        BinaryPrimitives.WriteUInt16BigEndian(data.AsSpan(10), TransmissionFlags);
        return data;
    }

    /// <summary>The least, the best and the greatest size of a request.</summary>
    private static byte[] Blocks()
    {
        byte[] data = new byte[14];
        BinaryPrimitives.WriteUInt16BigEndian(data, AboutBlocks);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(2), WriteCache.BlockBytes);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(6), WriteCache.BlockBytes);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(10), NbdRequest.MaximumBytes);
        return data;
    }

    private static byte[] Reply(uint option, uint type, byte[] data)
    {
        byte[] reply = new byte[20 + data.Length];
        BinaryPrimitives.WriteUInt64BigEndian(reply, OptionReplyMagic);
        BinaryPrimitives.WriteUInt32BigEndian(reply.AsSpan(8), option);
        BinaryPrimitives.WriteUInt32BigEndian(reply.AsSpan(12), type);
        BinaryPrimitives.WriteInt32BigEndian(reply.AsSpan(16), data.Length);
        data.CopyTo(reply, 20);
        return reply;
    }
}
