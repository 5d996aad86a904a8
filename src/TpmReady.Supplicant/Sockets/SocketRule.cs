// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.Linq;
using System.Text;
using TpmReady.Linux.Network;

namespace TpmReady.Supplicant.Sockets;

/// <summary>
/// One rule of the allow-list: where TAs may connect to. <c>*</c>, an address, a network or a host name, each with a
/// port or without: <c>192.0.2.0/24</c>, <c>192.0.2.7:123</c>, <c>[2001:db8::/32]:443</c>, <c>time.example.org</c>.
/// </summary>
internal sealed class SocketRule
{
    private const int MaximumName = 253;
    private const int MaximumLabel = 63;

    private readonly UInt128 _network;
    private readonly UInt128 _mask;
    private readonly bool _isIPv4;
    private readonly int _port;
    private readonly byte[]? _name;
    private readonly bool _isAny;

    private SocketRule(int port) => (_port, _isAny) = (port, true);

    private SocketRule(byte[] name, int port) => (_name, _port) = (name, port);

    private SocketRule(UInt128 network, UInt128 mask, bool isIPv4, int port) =>
        (_network, _mask, _isIPv4, _port) = (network, mask, isIPv4, port);

    /// <summary>Whether the rule looks at the name that a TA gave.</summary>
    public bool IsName => _name is not null;

    /// <summary>Reads a rule.</summary>
    /// <param name="text">The rule.</param>
    /// <param name="rule">The rule; null if it is wrong.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? Parse(string text, out SocketRule? rule)
    {
        rule = null;
        string? error = Split(text, out string target, out int port);
        if (error is not null)
        {
            return error;
        }

        if (target is "*")
        {
            rule = new SocketRule(port);
            return null;
        }

        int slash = target.IndexOf('/', StringComparison.Ordinal);
        string host = slash < 0 ? target : target[..slash];
        if (InternetAddress.TryParse(host, out InternetAddress address))
        {
            return ParseNetwork(address, slash < 0 ? null : target[(slash + 1)..], port, out rule);
        }

        if (slash >= 0 || !IsHostName(host))
        {
            return "an address, a network, a host name or * is expected";
        }

        rule = new SocketRule(Encoding.ASCII.GetBytes(host.TrimEnd('.')), port);
        return null;
    }

    /// <summary>Whether a name may be looked up: some address that it has could be allowed.</summary>
    public bool MayAllow(ReadOnlySpan<byte> name, ushort port) => FitsPort(port) && (_name is null || FitsName(name));

    /// <summary>Whether the rule allows a peer.</summary>
    /// <param name="name">The name that the TA gave; empty if it gave an address in numbers.</param>
    /// <param name="address">The address and port.</param>
    public bool Allows(ReadOnlySpan<byte> name, in InternetAddress address) =>
        FitsPort(address.Port)
        && (_isAny
            || (_name is not null
                ? FitsName(name)
                : address.IsIPv4 == _isIPv4 && (address.Bits & _mask) == _network));

    private bool FitsPort(ushort port) => _port == 0 || _port == port;

    private bool FitsName(ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(HostName.WithoutDot(name), _name);

    private static string? Split(string text, out string target, out int port)
    {
        target = text;
        port = 0;
        string? portText = null;
        if (text.StartsWith('['))
        {
            int end = text.IndexOf(']', StringComparison.Ordinal);
            if (end < 0)
            {
                return "a ] is missing";
            }

            int colon = text.IndexOf(':', end);
            string bits = text[(end + 1)..(colon < 0 ? text.Length : colon)];
            if (bits.Length > 0 && bits[0] != '/')
            {
                return "after ] a port is expected, with a colon before it";
            }

            target = text[1..end] + bits;
            portText = colon < 0 ? null : text[(colon + 1)..];
        }
        else if (text.Count(static character => character == ':') == 1)
        {
            int colon = text.IndexOf(':', StringComparison.Ordinal);
            target = text[..colon];
            portText = text[(colon + 1)..];
        }

        if (portText is not null
            && (!int.TryParse(portText, NumberStyles.None, CultureInfo.InvariantCulture, out port)
                || port is < 1 or > ushort.MaxValue))
        {
            return "the port must be a number from 1 to 65535";
        }

        return null;
    }

    private static string? ParseNetwork(
        in InternetAddress address, string? bitsText, int port, out SocketRule? rule)
    {
        rule = null;
        bool isIPv4 = address.Family == Linux.Interop.Libc.AF_INET;
        if (address.IsIPv4 != isIPv4)
        {
            return "write this as the IPv4 address that it means";
        }

        int width = isIPv4 ? 32 : 128;
        int bits = width;
        if (bitsText is not null
            && (!int.TryParse(bitsText, NumberStyles.None, CultureInfo.InvariantCulture, out bits) || bits > width))
        {
            return $"the network's length must be a number from 0 to {width}";
        }

        UInt128 all = isIPv4 ? uint.MaxValue : UInt128.MaxValue;
        UInt128 mask = bits == 0 ? 0 : all & (all << (width - bits));
        if ((address.Bits & ~mask) != 0)
        {
            return $"the address has bits beyond the network's {bits}";
        }

        rule = new SocketRule(address.Bits, mask, isIPv4, port);
        return null;
    }

    // A name whose last part is a number would be taken for an address by getaddrinfo(3).
    private static bool IsHostName(string text)
    {
        string[] labels = text.TrimEnd('.').Split('.');
        return text.Length is > 0 and <= MaximumName
            && labels.All(static label => label.Length is > 0 and <= MaximumLabel
                && label.All(static character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_'))
            && !labels[^1].All(char.IsAsciiDigit);
    }
}
