// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Sockets;

/// <summary>How much of the network TAs may take.</summary>
internal sealed record SocketLimits
{
    /// <summary>The most sockets at once.</summary>
    public int MaximumSockets { get; init; } = 256;

    /// <summary>The most sockets of one instance of a TA, so that it leaves some to others.</summary>
    public int MaximumPerInstance { get; init; } = 64;

    /// <summary>The most names that are looked up at once, each on a thread of its own.</summary>
    public int MaximumLookups { get; init; } = 4;

    /// <summary>The most threads that wait for peers at once.</summary>
    public int MaximumWaits { get; init; } = GetMaximumWaits(new SupplicantLimits().MaximumThreads);

    /// <summary>How long an OPEN or a change of the address may last, name resolution included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// How many of the threads that serve requests may wait for peers. The rest stays free: for other services, and
    /// for the CLOSE that ends a wait. With a single thread nothing can stay free.
    /// </summary>
    /// <param name="threads">The most threads that serve requests.</param>
    public static int GetMaximumWaits(int threads) => Math.Max(1, threads - Math.Max(2, threads / 4));
}
