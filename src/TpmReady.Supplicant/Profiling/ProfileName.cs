// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Text;

namespace TpmReady.Supplicant.Profiling;

/// <summary>The names of profiles, as the C supplicant gives them: people's scripts look for them.</summary>
internal static class ProfileName
{
    /// <summary>The highest number of a profile of one TA; the lowest is 1.</summary>
    public const int MaximumNumber = 100;

    private const int UuidLength = 36;

    /// <summary>The room that a path takes at most, with its NUL.</summary>
    /// <param name="directoryLength">The bytes of the directory's path.</param>
    public static int GetRoom(int directoryLength) =>
        directoryLength + "/ftrace-".Length + UuidLength + ".99.out\0".Length;

    /// <summary>
    /// Writes DIRECTORY/KIND-UUID.out, or with .1 and so on before .out for the second and further ones.
    /// </summary>
    /// <param name="target">Room for it.</param>
    /// <param name="directory">The directory's path.</param>
    /// <param name="kind">Which sort of profile.</param>
    /// <param name="uuid">The TA.</param>
    /// <param name="number">1 to <see cref="MaximumNumber"/>.</param>
    public static void Write(
        Span<byte> target, ReadOnlySpan<byte> directory, ProfileKind kind, Guid uuid, int number)
    {
        int length = 0;
        Append(target, ref length, directory);
        Append(target, ref length, "/"u8);
        Append(target, ref length, kind.Prefix);
        _ = Utf8Formatter.TryFormat(uuid, target[length..], out int written);
        length += written;
        if (number > 1)
        {
            Append(target, ref length, "."u8);
            _ = Utf8Formatter.TryFormat(number - 1, target[length..], out written);
            length += written;
        }

        Append(target, ref length, ".out\0"u8);
    }

    /// <summary>Whether a name in a directory is a profile's.</summary>
    public static bool IsProfile(ReadOnlySpan<byte> name) =>
        name.EndsWith(".out"u8)
        && (name.StartsWith(ProfileKind.Gprof.Prefix) || name.StartsWith(ProfileKind.Ftrace.Prefix));

    private static void Append(Span<byte> target, ref int length, ReadOnlySpan<byte> text)
    {
        text.CopyTo(target[length..]);
        length += text.Length;
    }
}
