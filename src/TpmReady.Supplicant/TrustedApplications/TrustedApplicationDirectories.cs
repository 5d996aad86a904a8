// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Storage;

namespace TpmReady.Supplicant.TrustedApplications;

/// <summary>
/// Where TAs are looked for, in order. Symbolic links are followed: some systems' directories consist of them.
/// </summary>
internal sealed unsafe class TrustedApplicationDirectories
{
    /// <summary>The longest path in bytes, its NUL included (PATH_MAX).</summary>
    public const int MaximumPath = 4096;

    private const int UuidLength = 36;

    // "8-4-4-4-12" in the name; before OP-TEE 2.2 the last dash was missing.
    private const int LastDash = 23;
    private const int NameLength = 1 + UuidLength + 3;

    private static readonly int Flags = Libc.O_RDONLY | Libc.O_CLOEXEC | Libc.O_NONBLOCK;

    private readonly byte[][] _directories;

    /// <summary>Directories in the order of the search.</summary>
    /// <exception cref="ArgumentException">A path is too long.</exception>
    public TrustedApplicationDirectories(IEnumerable<string> paths)
    {
        _directories = [.. paths.Select(static path => Encoding.UTF8.GetBytes(path))];
        if (_directories.Any(static path => path.Length + NameLength >= MaximumPath))
        {
            throw new ArgumentException(
                $"A TA path has more than {MaximumPath - NameLength - 1} bytes.", nameof(paths));
        }
    }

    /// <summary>Opens the first regular file of a TA.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="uuid">The TA.</param>
    /// <param name="length">The file's length in bytes.</param>
    /// <returns>
    /// A descriptor; -ENOENT if no directory has the file; else the error of a file that is there or may be there.
    /// </returns>
    public int Open(IFileOperations files, Guid uuid, out long length)
    {
        int error = -Errno.ENOENT;
        foreach (byte[] directory in _directories)
        {
            foreach (bool isOldName in (ReadOnlySpan<bool>)[false, true])
            {
                int result = Open(files, directory, uuid, isOldName, out length);
                if (result >= 0)
                {
                    return result;
                }

                if (StorageErrors.IsTransient(-result))
                {
                    return result;
                }

                error = result is -Errno.ENOENT or -Errno.ENOTDIR ? error : result;
            }
        }

        length = 0;
        return error;
    }

    private static int Open(IFileOperations files, byte[] directory, Guid uuid, bool isOldName, out long length)
    {
        byte* buffer = stackalloc byte[MaximumPath];
        Span<byte> path = new(buffer, MaximumPath);
        directory.CopyTo(path);
        Span<byte> name = path[directory.Length..];
        name[0] = (byte)'/';
        name = name[1..];
        bool fits = uuid.TryFormat(name, out int written);
        if (isOldName)
        {
            name[(LastDash + 1)..written].CopyTo(name[LastDash..]);
            written--;
        }

        fits = fits && ".ta\0"u8.TryCopyTo(name[written..]);
        length = 0;
        int descriptor = fits ? files.Open(Libc.AT_FDCWD, buffer, Flags, 0) : -Errno.ENAMETOOLONG;
        if (descriptor < 0)
        {
            return descriptor;
        }

        int result = files.GetStatus(descriptor, out FileStatus status);
        if (result >= 0 && status.IsRegular)
        {
            length = status.Size;
            return descriptor;
        }

        files.Close(descriptor);
        return result < 0 ? result : -Errno.EISDIR;
    }
}
