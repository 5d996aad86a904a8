// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Rpmb.Emulation;

/// <summary>HMAC with SHA-256 (RFC 2104), for the emulation of an RPMB only.</summary>
internal struct HmacSha256
{
    /// <summary>The size of a MAC, in bytes.</summary>
    public const int MacSize = Sha256.HashSize;

    private const byte InnerPad = 0x36;
    private const byte OuterPad = 0x5c;

    private Sha256 _inner;
    private Sha256 _outer;

    /// <summary>The beginning of a MAC.</summary>
    /// <param name="key">The key, of any length.</param>
    public static HmacSha256 Start(ReadOnlySpan<byte> key)
    {
        Span<byte> pad = stackalloc byte[Sha256.BlockSize];
        pad.Clear();
        if (key.Length > Sha256.BlockSize)
        {
            Sha256.Compute(key, pad);
        }
        else
        {
            key.CopyTo(pad);
        }

        HmacSha256 mac = default;
        mac._inner = Begin(pad, InnerPad);
        mac._outer = Begin(pad, OuterPad);
        return mac;
    }

    /// <summary>Takes more bytes in.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => _inner.Append(bytes);

    /// <summary>Ends the MAC; nothing may follow.</summary>
    /// <param name="mac">Takes <see cref="MacSize"/> bytes.</param>
    public void Finish(Span<byte> mac)
    {
        Span<byte> hash = stackalloc byte[Sha256.HashSize];
        _inner.Finish(hash);
        _outer.Append(hash);
        _outer.Finish(mac);
    }

    private static Sha256 Begin(ReadOnlySpan<byte> key, byte pad)
    {
        Span<byte> block = stackalloc byte[Sha256.BlockSize];
        for (int i = 0; i < block.Length; i++)
        {
            block[i] = (byte)(key[i] ^ pad);
        }

        Sha256 hash = Sha256.Start();
        hash.Append(block);
        return hash;
    }
}
