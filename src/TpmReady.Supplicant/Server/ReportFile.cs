// SPDX-License-Identifier: MIT

using System.Text;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;

namespace TpmReady.Supplicant.Server;

/// <summary>
/// A file that holds the newest report: readers find the old one or the new one, never a part. Needs the right to
/// create files beside it.
/// </summary>
/// <param name="path">Its absolute path.</param>
/// <param name="files">How files are reached.</param>
internal sealed unsafe class ReportFile(string path, IFileOperations files)
{
    private const uint Mode = 0x1a4; // 0644: counts are no secret.

    private static readonly int Flags =
        Libc.O_WRONLY | Libc.O_CREAT | Libc.O_TRUNC | Libc.O_NOFOLLOW | Libc.O_NONBLOCK | Libc.O_CLOEXEC;

    private readonly byte[] _path = Encoding.UTF8.GetBytes(path + '\0');
    private readonly byte[] _newPath = Encoding.UTF8.GetBytes(path + ".new\0");

    /// <summary>Replaces its contents.</summary>
    /// <returns>0, or an error number; the old contents are then still there.</returns>
    public int Write(string text)
    {
        fixed (byte* name = _path, newName = _newPath)
        {
            int descriptor = files.Open(Libc.AT_FDCWD, newName, Flags, Mode);
            if (descriptor < 0)
            {
                return -descriptor;
            }

            int error = WriteAll(descriptor, Encoding.UTF8.GetBytes(text));
            files.Close(descriptor);
            return error != Errno.Success
                ? error
                : -files.Rename(Libc.AT_FDCWD, newName, Libc.AT_FDCWD, name, replace: true);
        }
    }

    private int WriteAll(int descriptor, byte[] bytes)
    {
        fixed (byte* buffer = bytes)
        {
            for (nint written = 0; written < bytes.Length;)
            {
                nint count = files.Write(descriptor, buffer + written, (nuint)(bytes.Length - written), written);
                if (count <= 0)
                {
                    return count == 0 ? Errno.ENOSPC : (int)-count;
                }

                written += count;
            }
        }

        return Errno.Success;
    }
}
