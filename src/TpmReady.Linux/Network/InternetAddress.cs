// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using TpmReady.Linux.Interop;

namespace TpmReady.Linux.Network;

/// <summary>
/// An IPv4 or IPv6 address with a port, laid out as the kernel wants it: struct sockaddr_in or sockaddr_in6 (ip(7),
/// ipv6(7)).
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly unsafe struct InternetAddress
{
    private const int Length4 = 16;
    private const int Length6 = 28;

    private const int Address4Offset = 4;
    private const int Address6Offset = 8;

    private readonly ushort _family;
    private readonly ushort _port;
    private readonly uint _address4;
    private readonly ulong _high;
    private readonly ulong _low;
    private readonly uint _scope;

    private InternetAddress(in InternetAddress other, ushort port)
    {
        this = other;
        _port = BinaryPrimitives.ReverseEndianness(port);
    }

    /// <summary>AF_INET, AF_INET6, or 0 for none.</summary>
    public int Family => _family;

    /// <summary>The bytes that the kernel reads.</summary>
    public uint Length => _family == Libc.AF_INET ? Length4 : (uint)Length6;

    /// <summary>The port.</summary>
    public ushort Port => BinaryPrimitives.ReverseEndianness(_port);

    /// <summary>
    /// Whether packets go out as IPv4: an IPv6 socket that is given ::ffff:192.0.2.1 speaks IPv4 to 192.0.2.1.
    /// </summary>
    public bool IsIPv4 => _family == Libc.AF_INET || (Bits6 >> 32) == 0xffff;

    /// <summary>The address as a number: 32 bits for IPv4, even when written as IPv6, and 128 bits for IPv6.</summary>
    public UInt128 Bits => _family == Libc.AF_INET
        ? BinaryPrimitives.ReverseEndianness(_address4)
        : IsIPv4 ? (uint)Bits6 : Bits6;

    private UInt128 Bits6 =>
        new(BinaryPrimitives.ReverseEndianness(_high), BinaryPrimitives.ReverseEndianness(_low));

    /// <summary>Copies an address that libc gave.</summary>
    /// <returns>False if it is of another family.</returns>
    public static bool TryRead(byte* source, uint length, out InternetAddress address)
    {
        address = default;
        if (source == null || length < Length4)
        {
            return false;
        }

        ushort family = *(ushort*)source;
        if ((family != Libc.AF_INET || length != Length4) && (family != Libc.AF_INET6 || length != Length6))
        {
            return false;
        }

        fixed (InternetAddress* target = &address)
        {
            Buffer.MemoryCopy(source, target, sizeof(InternetAddress), length);
        }

        return true;
    }

    /// <summary>Reads an address in its full notation: four numbers, or eight groups that :: may shorten.</summary>
    public static bool TryParse(string text, out InternetAddress address)
    {
        address = default;
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            return false;
        }

        byte* target = stackalloc byte[sizeof(InternetAddress)];
        new Span<byte>(target, sizeof(InternetAddress)).Clear();
        fixed (byte* bytes = Encoding.UTF8.GetBytes(text + '\0'))
        {
            if (Libc.ParseAddress(Libc.AF_INET, bytes, target + Address4Offset) == 1)
            {
                *(ushort*)target = Libc.AF_INET;
            }
            else if (Libc.ParseAddress(Libc.AF_INET6, bytes, target + Address6Offset) == 1)
            {
                *(ushort*)target = Libc.AF_INET6;
            }
        }

        address = *(InternetAddress*)target;
        return address.Family != 0;
    }

    /// <summary>The same address with another port.</summary>
    public InternetAddress WithPort(ushort port) => new(this, port);

    /// <summary>The address as it is written, with its port.</summary>
    public override string ToString()
    {
        if (_family == Libc.AF_INET)
        {
            uint bits = (uint)Bits;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{bits >> 24}.{(bits >> 16) & 255}.{(bits >> 8) & 255}.{bits & 255}:{Port}");
        }

        StringBuilder text = new("[");
        for (int group = 0; group < 8; group++)
        {
            uint value = (uint)(Bits6 >> (112 - (16 * group))) & 0xffff;
            text.Append(group == 0 ? "" : ":").Append(value.ToString("x", CultureInfo.InvariantCulture));
        }

        return text.Append(CultureInfo.InvariantCulture, $"]:{Port}").ToString();
    }
}
