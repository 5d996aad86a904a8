// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Network;

namespace TpmReady.Supplicant.Sockets;

/// <summary>
/// One name that is looked up on a thread of its own, and what was found: who asked may have left meanwhile.
/// </summary>
internal sealed unsafe class HostLookup
{
    private readonly byte[] _host;
    private readonly int _family;
    private readonly int _type;
    private readonly InternetAddress[] _found = new InternetAddress[HostResolver.MaximumAddresses];
    private int _count;

    /// <summary>A lookup that has not begun.</summary>
    /// <param name="host">The name, without a NUL.</param>
    /// <param name="family">AF_UNSPEC, AF_INET or AF_INET6.</param>
    /// <param name="type">SOCK_STREAM or SOCK_DGRAM.</param>
    public HostLookup(ReadOnlySpan<byte> host, int family, int type)
    {
        _host = [.. host, 0];
        _family = family;
        _type = type;
    }

    /// <summary>Whether there is a result. Protected by the resolver's lock.</summary>
    public bool IsDone { get; set; }

    /// <summary>The addresses found; valid when <see cref="IsDone"/>.</summary>
    public ReadOnlySpan<InternetAddress> Found => _found.AsSpan(0, Math.Max(_count, 0));

    /// <summary>Asks. Lasts as long as the name servers let it.</summary>
    public void Run(ISocketOperations operations)
    {
        fixed (byte* host = _host)
        fixed (InternetAddress* found = _found)
        {
            _count = operations.Resolve(host, _family, _type, numericOnly: false, found, _found.Length);
        }
    }
}
