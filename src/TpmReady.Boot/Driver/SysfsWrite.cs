// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.Text;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Processes;

namespace TpmReady.Boot.Driver;

/// <summary>
/// Writes one word into a file of sysfs, in a process of its own: <c>bind</c> runs the whole probe of the driver and
/// <c>unbind</c> its removal, both of which may wait in the kernel where nothing wakes them.
/// </summary>
internal static unsafe class SysfsWrite
{
    /// <summary>The word that makes this program the writing child.</summary>
    public const string Word = "--write";

    private const string Prefix = "sys/";

    /// <summary>Writes and waits.</summary>
    /// <param name="path">The file, beneath the root.</param>
    /// <param name="value">The word.</param>
    /// <param name="patience">How long to wait for the kernel.</param>
    /// <param name="returned">What write(2) returned.</param>
    /// <param name="error">errno, if that is -1.</param>
    /// <returns>Whether the kernel has returned; if not, it goes on in the background.</returns>
    public static bool Run(string path, string value, TimeSpan patience, out nint returned, out int error)
    {
        returned = -1;
        using DetachedChild? child = DetachedChild.Start(
            ["tpmready-boot", DriverCommand.Name, Word, path, value], out error);
        if (child is null)
        {
            return true;
        }

        if (!child.TryRead(patience, out string line))
        {
            return false;
        }

        string[] words = line.Split(' ');
        bool isWhole = words.Length == 2
            & long.TryParse(words[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long result)
            & int.TryParse(words[^1], NumberStyles.None, CultureInfo.InvariantCulture, out error);
        returned = isWhole ? (nint)result : -1;
        error = isWhole ? error : Errno.EIO;
        return true;
    }

    /// <summary>The child.</summary>
    /// <returns>The exit status.</returns>
    public static int RunChild(string path, string value)
    {
        // Nothing but sysfs is ever written to.
        if (!path.StartsWith(Prefix, StringComparison.Ordinal) || path.Contains("..", StringComparison.Ordinal))
        {
            return 1;
        }

        int error = 0;
        nint returned = -1;
        int descriptor = Libc.Open("/" + path, Libc.O_WRONLY | Libc.O_CLOEXEC | Libc.O_NOCTTY);
        if (descriptor < 0)
        {
            error = Libc.LastError;
        }
        else
        {
            byte[] bytes = Encoding.UTF8.GetBytes(value);
            fixed (byte* start = bytes)
            {
                returned = Libc.Write(descriptor, start, (nuint)bytes.Length);
                error = returned < 0 ? Libc.LastError : 0;
            }

            _ = Libc.Close(descriptor);
        }

        StandardOutput.Write(string.Create(CultureInfo.InvariantCulture, $"{(long)returned} {error}\n"));
        return 0;
    }
}
