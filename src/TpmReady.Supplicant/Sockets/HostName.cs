// SPDX-License-Identifier: MIT

using System;
using TpmReady.Supplicant.Protocol;

namespace TpmReady.Supplicant.Sockets;

/// <summary>A host as a TA names it: an address in numbers, or a name.</summary>
internal static class HostName
{
    /// <summary>
    /// The room that a host takes, with its NUL: a DNS name has at most 253 characters (RFC 1035, 2.3.4).
    /// </summary>
    public const int Size = 256;

    /// <summary>
    /// Copies a host out of shared memory and then looks at the copy. The C supplicant wants the last byte of the
    /// buffer to be NUL, and takes what is before the first one.
    /// </summary>
    /// <param name="memory">The buffer.</param>
    /// <param name="target">Room for <see cref="Size"/> bytes; NUL-terminated afterwards.</param>
    /// <param name="length">The bytes before the NUL.</param>
    /// <returns>False if this cannot be a host.</returns>
    public static bool TryCopy(MemoryReference memory, Span<byte> target, out int length)
    {
        length = 0;
        if (!memory.IsValid || memory.Bytes.IsEmpty || memory.Bytes[^1] != 0)
        {
            return false;
        }

        Span<byte> copy = target[..Math.Min(memory.Bytes.Length, Size)];
        memory.Bytes[..copy.Length].CopyTo(copy);
        length = copy.IndexOf((byte)0);
        if (length <= 0)
        {
            return false;
        }

        for (int i = 0; i < length; i++)
        {
            if (!IsAllowed(copy[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A name without the dot that may end it: both mean the same host.</summary>
    public static ReadOnlySpan<byte> WithoutDot(ReadOnlySpan<byte> name) =>
        name.Length > 1 && name[^1] == (byte)'.' ? name[..^1] : name;

    // Letters, digits, and what stands in names and in IPv6 addresses with a scope. Everything else would only reach
    // name servers and logs.
    private static bool IsAllowed(byte character) =>
        char.IsAsciiLetterOrDigit((char)character)
        || character is (byte)'.' or (byte)'-' or (byte)'_' or (byte)':' or (byte)'%';
}
