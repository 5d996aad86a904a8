// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace TpmReady.Supplicant.Rpmb.Emulation;

/// <summary>SHA-256 (FIPS 180-4, section 6.2), for the emulation of an RPMB only.</summary>
/// <remarks>
/// Not System.Security.Cryptography: on Linux that loads OpenSSL's libcrypto at run time, which an initrd does not
/// have, and it allocates objects per hash. This one hashes nothing secret but the key of an emulation, which lies
/// readable in a file, so it takes no care of timing. Its tables are arrays, because a span of constants costs an
/// object per use where the code is not optimized.
/// </remarks>
internal struct Sha256
{
    /// <summary>The size of a hash, in bytes.</summary>
    public const int HashSize = 32;

    /// <summary>The size of a block, in bytes.</summary>
    public const int BlockSize = 64;

    private const int LengthSize = 8;
    private const int Rounds = 64;

    // The first 32 bits of the fractional parts of the cube roots of the first 64 primes (section 4.2.2).
    private static readonly uint[] Constants =
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    // The first 32 bits of the fractional parts of the square roots of the first eight primes (section 5.3.3).
    private static readonly uint[] InitialState =
    [
        0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
    ];

    private State _state;
    private Block _block;
    private ulong _length;

    /// <summary>The beginning of a hash.</summary>
    public static Sha256 Start()
    {
        Sha256 hash = default;
        InitialState.CopyTo(hash._state);
        return hash;
    }

    /// <summary>The hash of bytes that lie together.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="hash">Takes <see cref="HashSize"/> bytes.</param>
    public static void Compute(ReadOnlySpan<byte> bytes, Span<byte> hash)
    {
        Sha256 sha = Start();
        sha.Append(bytes);
        sha.Finish(hash);
    }

    /// <summary>Takes more bytes in.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        int used = (int)(_length % BlockSize);
        _length += (ulong)bytes.Length;
        if (used > 0)
        {
            int taken = Math.Min(BlockSize - used, bytes.Length);
            bytes[..taken].CopyTo(((Span<byte>)_block)[used..]);
            bytes = bytes[taken..];
            if (used + taken < BlockSize)
            {
                return;
            }

            Compress(_block);
        }

        for (; bytes.Length >= BlockSize; bytes = bytes[BlockSize..])
        {
            Compress(bytes[..BlockSize]);
        }

        bytes.CopyTo(_block);
    }

    /// <summary>Ends the hash; nothing may follow.</summary>
    /// <param name="hash">Takes <see cref="HashSize"/> bytes.</param>
    public void Finish(Span<byte> hash)
    {
        ulong bits = _length * 8;
        Span<byte> block = _block;
        int used = (int)(_length % BlockSize);
        block[used++] = 0x80;
        block[used..].Clear();
        if (used > BlockSize - LengthSize)
        {
            Compress(block);
            block.Clear();
        }

        BinaryPrimitives.WriteUInt64BigEndian(block[(BlockSize - LengthSize)..], bits);
        Compress(block);
        for (int i = 0; i < HashSize / sizeof(uint); i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(hash[(i * sizeof(uint))..], _state[i]);
        }
    }

    private void Compress(ReadOnlySpan<byte> block)
    {
        Span<uint> schedule = stackalloc uint[Rounds];
        Expand(block, schedule);
        uint a = _state[0], b = _state[1], c = _state[2], d = _state[3];
        uint e = _state[4], f = _state[5], g = _state[6], h = _state[7];
        for (int i = 0; i < Rounds; i++)
        {
            uint sum1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11)
                ^ BitOperations.RotateRight(e, 25);
            uint first = h + sum1 + ((e & f) ^ (~e & g)) + Constants[i] + schedule[i];
            uint sum0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13)
                ^ BitOperations.RotateRight(a, 22);
            uint second = sum0 + ((a & b) ^ (a & c) ^ (b & c));
            h = g;
            g = f;
            f = e;
            e = d + first;
            d = c;
            c = b;
            b = a;
            a = first + second;
        }

        _state[0] += a;
        _state[1] += b;
        _state[2] += c;
        _state[3] += d;
        _state[4] += e;
        _state[5] += f;
        _state[6] += g;
        _state[7] += h;
    }

    private static void Expand(ReadOnlySpan<byte> block, Span<uint> schedule)
    {
        for (int i = 0; i < BlockSize / sizeof(uint); i++)
        {
            schedule[i] = BinaryPrimitives.ReadUInt32BigEndian(block[(i * sizeof(uint))..]);
        }

        for (int i = BlockSize / sizeof(uint); i < Rounds; i++)
        {
            uint x = schedule[i - 15];
            uint y = schedule[i - 2];
            uint sigma0 = BitOperations.RotateRight(x, 7) ^ BitOperations.RotateRight(x, 18) ^ (x >> 3);
            uint sigma1 = BitOperations.RotateRight(y, 17) ^ BitOperations.RotateRight(y, 19) ^ (y >> 10);
            schedule[i] = schedule[i - 16] + sigma0 + schedule[i - 7] + sigma1;
        }
    }

    [InlineArray(HashSize / sizeof(uint))]
    private struct State
    {
        private uint _first;
    }

    [InlineArray(BlockSize)]
    private struct Block
    {
        private byte _first;
    }
}
