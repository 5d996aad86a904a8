// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;

namespace TpmReady.Diagnosis.Tests;

/// <summary>Pixels of a PNG with 8 bits per channel and no interlacing, as browsers write it (W3C PNG, sections 9 and 11).</summary>
internal sealed class PngPicture
{
    private readonly byte[] _pixels;
    private readonly int _channels;

    private PngPicture(int width, int height, int channels, byte[] pixels)
    {
        (Width, Height, _channels, _pixels) = (width, height, channels, pixels);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>How many pixels have a colour.</summary>
    public int Count((int Red, int Green, int Blue) colour)
    {
        int count = 0;
        for (int at = 0; at < _pixels.Length; at += _channels)
        {
            count += _pixels[at] == colour.Red && _pixels[at + 1] == colour.Green && _pixels[at + 2] == colour.Blue ? 1 : 0;
        }

        return count;
    }

    public static PngPicture Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int width = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(16));
        int height = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(20));
        int channels = file[25] == 6 ? 4 : 3;
        using MemoryStream packed = new();
        for (int at = 8; at < file.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(at));
            if (file.AsSpan(at + 4, 4).SequenceEqual("IDAT"u8))
            {
                packed.Write(file, at + 8, length);
            }

            at += length + 12;
        }

        packed.Position = 0;
        using ZLibStream zlib = new(packed, CompressionMode.Decompress);
        int stride = width * channels;
        byte[] pixels = new byte[stride * height];
        byte[] line = new byte[stride + 1];
        for (int row = 0; row < height; row++)
        {
            zlib.ReadExactly(line);
            Unfilter(line, pixels, row * stride, stride, channels);
        }

        return new PngPicture(width, height, channels, pixels);
    }

    private static void Unfilter(byte[] line, byte[] pixels, int to, int stride, int channels)
    {
        for (int at = 0; at < stride; at++)
        {
            int left = at >= channels ? pixels[to + at - channels] : 0;
            int up = to >= stride ? pixels[to + at - stride] : 0;
            int corner = at >= channels && to >= stride ? pixels[to + at - stride - channels] : 0;
            int guess = line[0] switch
            {
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                4 => Paeth(left, up, corner),
                _ => 0,
            };
            pixels[to + at] = (byte)(line[at + 1] + guess);
        }
    }

    private static int Paeth(int left, int up, int corner)
    {
        int estimate = left + up - corner;
        (int a, int b, int c) = (Math.Abs(estimate - left), Math.Abs(estimate - up), Math.Abs(estimate - corner));
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }
}
