// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Linux.Interop;

/// <summary>struct sockaddr_un, 110 bytes (unix(7)).</summary>
internal unsafe struct UnixAddress
{
    /// <summary>The bytes that a path may have.</summary>
    internal const int MaximumPath = 108;

    internal ushort Family;
    internal fixed byte Path[MaximumPath];

    /// <summary>
    /// Fills the address. A leading <c>@</c> stands for the NUL of an abstract address, as systemd writes it; in a path
    /// of the file system the NUL at the end is counted, in an abstract one every byte counts.
    /// </summary>
    /// <param name="path">The path, without a NUL at its end.</param>
    /// <param name="address">The address.</param>
    /// <param name="length">The address's length in bytes, as the kernel wants it.</param>
    /// <returns>False if the path is empty or does not fit.</returns>
    internal static bool TryCreate(ReadOnlySpan<byte> path, out UnixAddress address, out uint length)
    {
        address = default;
        length = 0;
        if (path.Length < 2 || path.Length >= MaximumPath || (path[0] != '/' && path[0] != '@'))
        {
            return false;
        }

        address.Family = Libc.AF_UNIX;
        fixed (byte* target = address.Path)
        {
            path.CopyTo(new Span<byte>(target, MaximumPath));
            if (path[0] == '@')
            {
                target[0] = 0;
            }
        }

        length = (uint)(sizeof(ushort) + path.Length + (path[0] == '@' ? 0 : 1));
        return true;
    }
}
