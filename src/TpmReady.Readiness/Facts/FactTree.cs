// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using TpmReady.Linux.Interop;

namespace TpmReady.Readiness.Facts;

/// <summary>
/// The files that facts are read from, beneath a root: <c>/</c> for this machine, or an image or a recorded tree. Links
/// stay inside the root. Reads are bounded, see regular files only, and never anything in <c>/dev</c>: opening
/// <c>/dev/teepriv0</c> would make the reader the supplicant (drivers/tee/optee/core.c, optee_open), and any command to
/// a TPM may need storage that nobody serves yet. Paths have no slash in front.
/// </summary>
public sealed unsafe class FactTree : IDisposable
{
    /// <summary>
    /// What a read takes at most if nothing else is said, in bytes: one page, which is all that sysfs has.
    /// </summary>
    public const int PageLimit = 4096;

    /// <summary>How many names a listing takes at most.</summary>
    public const int ListLimit = 8192;

    private const int DirectoryBuffer = 16384;
    private const int PathBuffer = 4096;
    private readonly int _root;
    private bool _hasOpenAt2 = true;

    /// <summary>A tree; if the root cannot be opened, everything in it reads as absent.</summary>
    /// <param name="root">The directory that stands for <c>/</c>.</param>
    public FactTree(string root)
    {
        Root = root;
        _root = Libc.Open(root, Libc.O_PATH | Libc.O_CLOEXEC | Libc.O_DIRECTORY);
    }

    /// <summary>The directory that stands for <c>/</c>.</summary>
    public string Root { get; }

    /// <summary>Whether this path is there, whatever it is.</summary>
    public bool Exists(string path)
    {
        int descriptor = Locate(path, follow: true);
        Close(descriptor);
        return descriptor >= 0;
    }

    /// <summary>
    /// What a path is, links followed; also in <c>/dev</c>, for an O_PATH descriptor opens no device (open(2)). Null if
    /// there is nothing.
    /// </summary>
    public FileRecord? GetRecord(string path)
    {
        int located = OpenFor(path, Libc.O_PATH | Libc.O_CLOEXEC, mayBeDevice: true);
        if (located < 0)
        {
            return null;
        }

        StatxBuffer status;
        byte empty = 0;
        int result = Libc.Statx(located, &empty, Libc.AT_EMPTY_PATH, StatxBuffer.BasicMask, &status);
        Close(located);
        return result < 0 ? null : new FileRecord(status.Mode, status.Owner, status.Group);
    }

    /// <summary>The text of a file, without white space at its ends; null if there is none that can be read.</summary>
    /// <param name="path">The path beneath the root.</param>
    /// <param name="limit">The most bytes to read; the rest is left out.</param>
    public string? ReadText(string path, int limit = PageLimit) =>
        ReadBytes(path, limit) is { } bytes ? Encoding.UTF8.GetString(bytes).Trim() : null;

    /// <summary>The content of a file, or null if there is none that can be read.</summary>
    /// <param name="path">The path beneath the root.</param>
    /// <param name="limit">The most bytes to read; the rest is left out.</param>
    public byte[]? ReadBytes(string path, int limit = PageLimit)
    {
        int descriptor = OpenRegular(path, out long size);
        if (descriptor < 0)
        {
            return null;
        }

        // Files of sysfs say 4096 and those of procfs say 0, whatever is in them.
        byte[] buffer = new byte[(int)long.Min(size > 0 ? size : PageLimit, limit)];
        int length = Fill(descriptor, buffer, 0);
        while (length == buffer.Length && length < limit)
        {
            byte[] more = new byte[1];
            if (Fill(descriptor, more, 0) == 0)
            {
                break;
            }

            Array.Resize(ref buffer, (int)long.Min(limit, (length * 2L) + PageLimit));
            buffer[length] = more[0];
            length = Fill(descriptor, buffer, length + 1);
        }

        Close(descriptor);
        Array.Resize(ref buffer, length);
        return buffer;
    }

    /// <summary>The names in a directory but <c>.</c> and <c>..</c>, sorted; none if it cannot be read.</summary>
    public IReadOnlyList<string> List(string path)
    {
        List<string> names = [];
        int descriptor = OpenFor(path, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC);
        if (descriptor < 0)
        {
            return names;
        }

        byte[] buffer = new byte[DirectoryBuffer];
        fixed (byte* start = buffer)
        {
            nint length;
            while (names.Count < ListLimit && (length = Libc.Getdents(descriptor, start, DirectoryBuffer)) > 0)
            {
                DirectoryRecords.AddNames(buffer.AsSpan(0, (int)length), names);
            }
        }

        Close(descriptor);
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>
    /// The symbolic links in a directory, by name and text, as <c>/proc/PID/fd</c> has them; nothing is followed.
    /// </summary>
    public IReadOnlyList<(string Name, string Text)> Links(string path)
    {
        List<(string Name, string Text)> texts = [];
        IReadOnlyList<string> names = List(path);
        int directory = names.Count == 0 ? -1 : Locate(path, follow: true);
        byte* buffer = stackalloc byte[PathBuffer];
        byte* name = stackalloc byte[PathBuffer];
        foreach (string entry in names)
        {
            int end = directory < 0 ? 0 : Encoding.UTF8.GetBytes(entry, new Span<byte>(name, PathBuffer - 1));
            name[end] = 0;
            nint length = end == 0 ? -1 : Libc.ReadlinkAt(directory, name, buffer, PathBuffer);
            if (length > 0)
            {
                texts.Add((entry, Encoding.UTF8.GetString(buffer, (int)length)));
            }
        }

        Close(directory);
        return texts;
    }

    /// <summary>
    /// The number of the device that a process has open, as sysfs writes it (<c>252:1</c>); the device is not opened. Null
    /// if it is none, or in the tree of another machine, where the links of <c>/proc</c> are only texts.
    /// </summary>
    /// <param name="path">A link in <c>/proc/PID/fd</c>.</param>
    public string? OpenedDevice(string path)
    {
        const int typeMask = 0xf000;
        const int characterDevice = 0x2000;
        if (Root is not "/" || !path.StartsWith("proc/", StringComparison.Ordinal))
        {
            return null;
        }

        StatxBuffer status;
        fixed (byte* name = Encoding.UTF8.GetBytes($"{path}\0"))
        {
            return Libc.Statx(_root, name, 0, StatxBuffer.BasicMask, &status) == 0
                && (status.Mode & typeMask) == characterDevice
                ? string.Create(CultureInfo.InvariantCulture, $"{status.SpecialMajor}:{status.SpecialMinor}")
                : null;
        }
    }

    /// <summary>What a symbolic link says, not followed; null if it is none.</summary>
    public string? LinkText(string path)
    {
        int descriptor = Locate(path, follow: false);
        if (descriptor < 0)
        {
            return null;
        }

        byte* buffer = stackalloc byte[PathBuffer];
        byte empty = 0;
        nint length = Libc.ReadlinkAt(descriptor, &empty, buffer, PathBuffer);
        Close(descriptor);
        return length < 0 ? null : Encoding.UTF8.GetString(buffer, (int)length);
    }

    /// <summary>
    /// The last component of a symbolic link, as sysfs names drivers and devices; null if it is none.
    /// </summary>
    public string? LinkName(string path)
    {
        string? text = LinkText(path);
        return text?[(text.LastIndexOf('/') + 1)..];
    }

    /// <inheritdoc/>
    public void Dispose() => Close(_root);

    /// <summary>Reads until the buffer is full, the file ends, or an error comes.</summary>
    /// <returns>How full the buffer is then.</returns>
    private static int Fill(int descriptor, byte[] buffer, int length)
    {
        fixed (byte* start = buffer)
        {
            while (length < buffer.Length)
            {
                nint count = Libc.Read(descriptor, start + length, (nuint)(buffer.Length - length));
                if (count <= 0 && !(count == -1 && Libc.LastError == Errno.EINTR))
                {
                    break;
                }

                length += (int)nint.Max(count, 0);
            }
        }

        return length;
    }

    private static void Close(int descriptor)
    {
        if (descriptor >= 0)
        {
            _ = Libc.Close(descriptor);
        }
    }

    /// <summary>An O_PATH descriptor, which opens no device; -1 if there is nothing.</summary>
    private int Locate(string path, bool follow) =>
        OpenFor(path, Libc.O_PATH | Libc.O_CLOEXEC | (follow ? 0 : Libc.O_NOFOLLOW));

    /// <summary>
    /// A regular file only: it is looked at before it is opened, so that no link can lead to a device.
    /// </summary>
    private int OpenRegular(string path, out long size)
    {
        const int typeMask = 0xf000;
        const int regular = 0x8000;
        size = 0;
        int located = Locate(path, follow: true);
        if (located < 0)
        {
            return -1;
        }

        StatxBuffer status;
        byte empty = 0;
        int result = Libc.Statx(located, &empty, Libc.AT_EMPTY_PATH, StatxBuffer.BasicMask, &status);
        int opened = -1;
        if (result == 0 && (status.Mode & typeMask) == regular)
        {
            size = (long)status.Size;
            opened = OpenFor(path, Libc.O_RDONLY | Libc.O_CLOEXEC | Libc.O_NONBLOCK | Libc.O_NOCTTY);
        }

        Close(located);
        return opened;
    }

    private int OpenFor(string path, int flags, bool mayBeDevice = false)
    {
        bool isDevice = path is "dev" || path.StartsWith("dev/", StringComparison.Ordinal);
        if (path.StartsWith('/') || (isDevice && !mayBeDevice))
        {
            throw new ArgumentException($"Neither absolute paths nor /dev are read: {path}", nameof(path));
        }

        if (_root < 0)
        {
            return -1;
        }

        int length = Encoding.UTF8.GetByteCount(path);
        Span<byte> name = length < 512 ? stackalloc byte[length + 1] : new byte[length + 1];
        Encoding.UTF8.GetBytes(path, name);
        name[length] = 0;
        fixed (byte* start = name)
        {
            if (_hasOpenAt2)
            {
                OpenHow how = new() { Flags = (ulong)flags, Resolve = OpenHow.InRoot | OpenHow.NoMagicLinks };
                int descriptor = Libc.OpenAt2(_root, start, &how);
                _hasOpenAt2 = descriptor >= 0 || Libc.LastError != Errno.ENOSYS;
                if (_hasOpenAt2)
                {
                    return descriptor;
                }
            }

            // Before Linux 5.6: right for the machine itself; a tree elsewhere had better have no absolute links.
            return Libc.OpenAt(_root, start, flags, 0);
        }
    }
}
