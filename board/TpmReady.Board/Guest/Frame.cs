// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace TpmReady.Board.Guest;

/// <summary>One frame of the agent's protocol.</summary>
internal readonly record struct Frame(FrameType Type, uint Id, byte[] Payload)
{
    /// <summary>Length, id and type, in bytes.</summary>
    private const int HeaderSize = 9;

    /// <summary>The protocol's own limit for a payload, in bytes.</summary>
    private const int MaximumPayload = 1024 * 1024;

    /// <summary>Writes the frame as one block.</summary>
    public async Task WriteAsync(Stream stream, CancellationToken cancellation)
    {
        byte[] bytes = new byte[HeaderSize + Payload.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)Payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), Id);
        bytes[8] = (byte)Type;
        Payload.CopyTo(bytes, HeaderSize);
        await stream.WriteAsync(bytes, cancellation).ConfigureAwait(false);
    }

    /// <summary>Reads one frame.</summary>
    /// <exception cref="EndOfStreamException">The other end is gone.</exception>
    /// <exception cref="BoardException">The bytes are no frame.</exception>
    public static async Task<Frame> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        byte[] header = new byte[HeaderSize];
        await stream.ReadExactlyAsync(header, cancellation).ConfigureAwait(false);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        if (length > MaximumPayload)
        {
            throw new BoardException($"the board's agent announced a frame of {length} bytes");
        }

        byte[] payload = new byte[length];
        await stream.ReadExactlyAsync(payload, cancellation).ConfigureAwait(false);
        return new Frame((FrameType)header[8], BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4)), payload);
    }
}
