// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Sockets;

/// <summary>
/// The numbers that stand for sockets: positive, 31 bits, 21 of them random and 10 of index. Instances are told apart
/// by small numbers that OP-TEE gives out again (an address-space id), and a killed client's sockets may outlive it;
/// the random part keeps the next instance of that number from finding them.
/// </summary>
internal static class SocketHandle
{
    /// <summary>The highest index of an entry.</summary>
    public const int MaximumIndex = (1 << IndexBits) - 1;

    private const int IndexBits = 10;
    private const int RandomLimit = 1 << (31 - IndexBits);

    /// <summary>A handle, other than the entry's previous one.</summary>
    public static int Create(int index, int previous)
    {
        int handle;
        do
        {
            handle = (Random.Shared.Next(1, RandomLimit) << IndexBits) | index;
        }
        while (handle == previous);
        return handle;
    }

    /// <summary>The index in a handle, if the number can be one at all.</summary>
    public static bool TryParse(ulong value, out int index)
    {
        index = (int)(value & MaximumIndex);
        return value is > MaximumIndex and <= int.MaxValue;
    }
}
