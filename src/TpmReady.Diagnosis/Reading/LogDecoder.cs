// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.IO.Compression;
using System.Text;
using SharpCompress.Compressors.Xz;
using ZstdSharp;

namespace TpmReady.Diagnosis.Reading;

/// <summary>Turns a file as it lies on disk into plain bytes: gzip, zstd, xz and UTF-16 are recognised by their first bytes.</summary>
public static class LogDecoder
{
    // A log inside a compressed log inside … is somebody's joke.
    private const int Layers = 3;

    /// <summary>Opens the text inside a stream.</summary>
    /// <param name="raw">The stream; it is closed with the result.</param>
    /// <returns>A stream of text in UTF-8 or in an 8-bit encoding.</returns>
    public static Stream Open(Stream raw)
    {
        ArgumentNullException.ThrowIfNull(raw);
        Stream stream = raw;
        for (int layer = 0; layer < Layers; layer++)
        {
            PeekStream peek = new(stream, 6);
            ReadOnlySpan<byte> start = peek.Start;
            if (start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B, 0x08]))
            {
                stream = new GZipStream(peek, CompressionMode.Decompress);
            }
            else if (start.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]))
            {
                stream = new DecompressionStream(peek, leaveOpen: false);
            }
            else if (start.StartsWith((ReadOnlySpan<byte>)[0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]))
            {
                stream = new XZStream(peek);
            }
            else if (start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
            {
                return Encoding.CreateTranscodingStream(peek, Encoding.Unicode, Encoding.UTF8);
            }
            else if (start.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            {
                return Encoding.CreateTranscodingStream(peek, Encoding.BigEndianUnicode, Encoding.UTF8);
            }
            else
            {
                return peek;
            }
        }

        return stream;
    }
}
