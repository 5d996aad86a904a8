// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Linux.Network;

namespace TpmReady.Supplicant.Sockets;

/// <summary>
/// Where TAs may connect to. Without rules to everywhere, as with the C supplicant; with rules only where one allows
/// it.
/// </summary>
internal sealed class SocketPolicy
{
    private readonly SocketRule[] _rules;

    /// <summary>A policy.</summary>
    /// <param name="rules">The rules; none allow everything.</param>
    public SocketPolicy(IEnumerable<SocketRule> rules)
    {
        _rules = [.. rules];
        LooksAtNames = Array.Exists(_rules, static rule => rule.IsName);
    }

    /// <summary>Everything is allowed.</summary>
    public static SocketPolicy Open { get; } = new([]);

    /// <summary>Whether the names that TAs give matter.</summary>
    public bool LooksAtNames { get; }

    /// <summary>
    /// Whether a name may be looked up. Not when no rule could allow what it stands for: a question to a name server
    /// would already tell something to the outside.
    /// </summary>
    public bool MayLookUp(ReadOnlySpan<byte> name, ushort port)
    {
        foreach (SocketRule rule in _rules)
        {
            if (rule.MayAllow(name, port))
            {
                return true;
            }
        }

        return _rules.Length == 0;
    }

    /// <summary>Whether a peer is allowed.</summary>
    /// <param name="name">The name that the TA gave; empty if it gave an address in numbers.</param>
    /// <param name="address">The address and port.</param>
    public bool Allows(ReadOnlySpan<byte> name, in InternetAddress address)
    {
        foreach (SocketRule rule in _rules)
        {
            if (rule.Allows(name, address))
            {
                return true;
            }
        }

        return _rules.Length == 0;
    }
}
