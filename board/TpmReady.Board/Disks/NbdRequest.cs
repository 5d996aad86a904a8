// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace TpmReady.Board.Disks;

/// <summary>One request of an NBD client, and the simple replies to it.</summary>
internal sealed record NbdRequest(NbdCommand Command, bool ForcesUnitAccess, ulong Cookie, long Offset, int Length, byte[] Data)
{
    /// <summary>The most that one request may move, in bytes: what the protocol's document gives as the default.</summary>
    public const int MaximumBytes = 32 * 1024 * 1024;

    private const int HeaderBytes = 28;
    private const int ReplyBytes = 16;
    private const uint RequestMagic = 0x2560_9513;
    private const uint ReplyMagic = 0x6744_6698;
    private const uint InvalidArgument = 22;

    /// <summary>The next request; null when the client says good-bye.</summary>
    /// <exception cref="IOException">The client is gone, or speaks something else.</exception>
    public static async Task<NbdRequest?> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        byte[] header = new byte[HeaderBytes];
        await stream.ReadExactlyAsync(header, cancellation).ConfigureAwait(false);
        NbdRequest request = Parse(header);
        if (request.Command == NbdCommand.Disconnect)
        {
            return null;
        }

        if (request.Command == NbdCommand.Write)
        {
            request = request with { Data = new byte[request.Length] };
            await stream.ReadExactlyAsync(request.Data, cancellation).ConfigureAwait(false);
        }

        return request;
    }

    /// <summary>Whether it asks for whole blocks of a disk of this size.</summary>
    public bool IsWhole(long diskBytes, int blockBytes) =>
        Offset >= 0 && Offset <= diskBytes - Length && Offset % blockBytes == 0 && Length % blockBytes == 0;

    /// <summary>The reply to what was done, with room for the data of a read.</summary>
    public byte[] Accept(out Span<byte> data)
    {
        byte[] reply = new byte[ReplyBytes + (Command == NbdCommand.Read ? Length : 0)];
        WriteReply(reply, error: 0);
        data = reply.AsSpan(ReplyBytes);
        return reply;
    }

    /// <summary>The reply to what cannot be done.</summary>
    public byte[] Refuse()
    {
        byte[] reply = new byte[ReplyBytes];
        WriteReply(reply, InvalidArgument);
        return reply;
    }

    private static NbdRequest Parse(ReadOnlySpan<byte> header)
    {
        uint length = BinaryPrimitives.ReadUInt32BigEndian(header[24..]);
        if (BinaryPrimitives.ReadUInt32BigEndian(header) != RequestMagic || length > MaximumBytes)
        {
            throw new IOException("not a request of the NBD protocol");
        }

        return new NbdRequest(
            (NbdCommand)BinaryPrimitives.ReadUInt16BigEndian(header[6..]),
            (BinaryPrimitives.ReadUInt16BigEndian(header[4..]) & 1) != 0,
            BinaryPrimitives.ReadUInt64BigEndian(header[8..]),
            BinaryPrimitives.ReadInt64BigEndian(header[16..]),
            (int)length,
            []);
    }

    private void WriteReply(Span<byte> reply, uint error)
    {
        BinaryPrimitives.WriteUInt32BigEndian(reply, ReplyMagic);
        BinaryPrimitives.WriteUInt32BigEndian(reply[4..], error);
        BinaryPrimitives.WriteUInt64BigEndian(reply[8..], Cookie);
    }
}
