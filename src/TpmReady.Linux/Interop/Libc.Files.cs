// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Linux.Interop;

/// <summary>Files by descriptor and by name in a directory. All return -1 and set errno on failure.</summary>
internal static unsafe partial class Libc
{
    // include/uapi/linux/fcntl.h, fs.h, fadvise.h; SEEK_SET is the same everywhere.
    public const int AT_REMOVEDIR = 0x200;
    public const int AT_EMPTY_PATH = 0x1000;
    public const uint RENAME_NOREPLACE = 1;
    public const int POSIX_FADV_WILLNEED = 3;
    public const int SEEK_SET = 0;

    // The number of openat2 is the same on every architecture; glibc has no wrapper for it (Linux 5.6).
    private const int OpenAt2Number = 437;

    /// <summary>openat2 with the size of <see cref="OpenHow"/>; the result is a descriptor.</summary>
    public static int OpenAt2(int directory, byte* path, OpenHow* how) =>
        (int)SystemCall(OpenAt2Number, directory, (nint)path, (nint)how, sizeof(OpenHow));

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true)]
    public static partial int Statx(int directory, byte* path, int flags, uint mask, StatxBuffer* buffer);

    // The names with 64 exist in glibc on every architecture, and on 32-bit ones only they take a 64-bit offset.
    [LibraryImport(Library, EntryPoint = "pread64", SetLastError = true)]
    public static partial nint Pread(int descriptor, byte* buffer, nuint length, long offset);

    [LibraryImport(Library, EntryPoint = "pwrite64", SetLastError = true)]
    public static partial nint Pwrite(int descriptor, byte* buffer, nuint length, long offset);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(int descriptor);

    [LibraryImport(Library, EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int Fdatasync(int descriptor);

    /// <summary>Returns the error number itself and leaves errno alone.</summary>
    [LibraryImport(Library, EntryPoint = "posix_fadvise64")]
    public static partial int Fadvise(int descriptor, long offset, long length, int advice);

    [LibraryImport(Library, EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int UnlinkAt(int directory, byte* name, int flags);

    [LibraryImport(Library, EntryPoint = "linkat", SetLastError = true)]
    public static partial int LinkAt(int oldDirectory, byte* oldName, int newDirectory, byte* newName, int flags);

    [LibraryImport(Library, EntryPoint = "renameat2", SetLastError = true)]
    public static partial int RenameAt2(int oldDirectory, byte* oldName, int newDirectory, byte* newName, uint flags);

    [LibraryImport(Library, EntryPoint = "mkdirat", SetLastError = true)]
    public static partial int MkdirAt(int directory, byte* name, uint mode);

    /// <summary>
    /// With an empty name: the target of the link that an O_PATH descriptor refers to. No NUL at the end.
    /// </summary>
    [LibraryImport(Library, EntryPoint = "readlinkat", SetLastError = true)]
    public static partial nint ReadlinkAt(int directory, byte* name, byte* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "symlinkat", SetLastError = true)]
    public static partial int SymlinkAt(byte* target, int directory, byte* name);

    /// <summary>Fills the buffer with struct linux_dirent64 records; glibc has the function since 2.30.</summary>
    [LibraryImport(Library, EntryPoint = "getdents64", SetLastError = true)]
    public static partial nint Getdents(int descriptor, byte* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "geteuid")]
    public static partial uint GetEffectiveUserId();

    [LibraryImport(Library, EntryPoint = "chdir", SetLastError = true)]
    public static partial int Chdir(byte* path);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth);
}
