// SPDX-License-Identifier: MIT

using System;
using System.Text;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Storage;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>Removes a directory whose names may be any bytes: .NET wants them to be text.</summary>
internal static unsafe class RawDirectory
{
    private static readonly LinuxFileOperations Files = new();

    public static void Remove(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            Remove(Libc.AT_FDCWD, name);
        }
    }

    private static void Remove(int parent, byte* name)
    {
        if (Files.Unlink(parent, name) >= 0)
        {
            return;
        }

        const int flags = Libc.O_RDONLY | Libc.O_CLOEXEC;
        int directory = Files.Open(parent, name, flags | Libc.O_DIRECTORY | Libc.O_NOFOLLOW, 0);
        if (directory < 0)
        {
            throw new InvalidOperationException($"A directory cannot be removed: {Errno.Name(-directory)}.");
        }

        byte* records = stackalloc byte[DirectoryReader.BufferSize];
        byte* child = stackalloc byte[StoragePath.BufferSize];
        long position = 0;
        while (DirectoryReader.Read(
            Files, directory, ref position, records, hidden: true, out ReadOnlySpan<byte> entry) == 1)
        {
            entry.CopyTo(new Span<byte>(child, StoragePath.BufferSize));
            child[entry.Length] = 0;
            Remove(directory, child);
            position = 0;
        }

        _ = Files.Close(directory);
        _ = Files.RemoveDirectory(parent, name);
    }
}
