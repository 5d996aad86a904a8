// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.Runtime.InteropServices;
using TpmReady.Linux.Network;

namespace TpmReady.Supplicant.Sockets;

/// <summary>A TA's open socket on its way to a successor.</summary>
/// <param name="Handle">The number that the secure world has.</param>
/// <param name="Instance">The instance of the TA.</param>
/// <param name="IsDatagram">UDP, not TCP.</param>
/// <param name="Peer">Whom it is connected to.</param>
/// <param name="PeerName">The name that the peer was given by; empty for none.</param>
/// <param name="Descriptor">The socket.</param>
internal readonly record struct PassedSocket(
    int Handle, ulong Instance, bool IsDatagram, InternetAddress Peer, byte[] PeerName, int Descriptor)
{
    /// <summary>Everything but the descriptor, in words.</summary>
    public string ToText()
    {
        InternetAddress peer = Peer;
        string address = Convert.ToHexStringLower(MemoryMarshal.AsBytes(new ReadOnlySpan<InternetAddress>(in peer)));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Handle} {Instance} {(IsDatagram ? "udp" : "tcp")} {address} {Convert.ToHexStringLower(PeerName)}");
    }

    /// <summary>Reads the words.</summary>
    /// <returns>False if they say something else.</returns>
    public static bool TryParse(ReadOnlySpan<string> words, int descriptor, out PassedSocket socket)
    {
        socket = default;
        Span<InternetAddress> peer = [default];
        Span<byte> address = MemoryMarshal.AsBytes(peer);
        if (words.Length != 5
            || !int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out int handle)
            || !ulong.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong instance)
            || words[3].Length != 2 * address.Length || words[4].Length % 2 != 0)
        {
            return false;
        }

        Convert.FromHexString(words[3]).CopyTo(address);
        socket = new PassedSocket(
            handle,
            instance,
            string.Equals(words[2], "udp", StringComparison.Ordinal),
            peer[0],
            Convert.FromHexString(words[4]),
            descriptor);
        return true;
    }
}
