// SPDX-License-Identifier: MIT

using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;

namespace TpmReady.Supplicant.Storage;

/// <summary>Reading and writing all of it.</summary>
/// <remarks>Results are byte counts or negative error numbers.</remarks>
internal static unsafe class FileContent
{
    /// <summary>Reads until the buffer is full or the file ends.</summary>
    public static nint ReadAll(IFileOperations files, int descriptor, byte* buffer, int length, long offset)
    {
        nint done = 0;
        while (done < length)
        {
            nint count = files.Read(descriptor, buffer + done, (nuint)(length - done), offset + done);
            if (count <= 0)
            {
                return count < 0 ? count : done;
            }

            done += count;
        }

        return done;
    }

    /// <summary>Writes all bytes.</summary>
    public static nint WriteAll(IFileOperations files, int descriptor, byte* buffer, int length, long offset)
    {
        nint done = 0;
        while (done < length)
        {
            nint count = files.Write(descriptor, buffer + done, (nuint)(length - done), offset + done);
            if (count <= 0)
            {
                return count < 0 ? count : -Errno.EIO;
            }

            done += count;
        }

        return done;
    }
}
