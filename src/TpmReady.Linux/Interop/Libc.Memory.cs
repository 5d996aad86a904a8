// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Linux.Interop;

/// <summary>
/// The C library. One file an area; every call returns what C returns, the error is <see cref="LastError"/>.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    // include/uapi/asm-generic/mman-common.h, mman.h.
    public const int PROT_READ = 1;
    public const int PROT_WRITE = 2;
    public const int PROT_NONE = 0;
    public const int MAP_SHARED = 1;
    public const int MAP_PRIVATE = 2;
    public const int MAP_FIXED = 0x10;
    public const int MAP_ANONYMOUS = 0x20;
    public const int MADV_DONTFORK = 10;
    public const int MADV_DONTDUMP = 16;
    public const int MADV_POPULATE_WRITE = 23;
    public const uint MLOCK_ONFAULT = 1;

    // include/uapi/linux/memfd.h and fcntl.h.
    public const uint MFD_CLOEXEC = 1;
    public const uint MFD_ALLOW_SEALING = 2;
    public const int F_SEAL_SEAL = 1;
    public const int F_SEAL_SHRINK = 2;
    public const int F_SEAL_GROW = 4;

    // include/uapi/linux/falloc.h.
    public const int FALLOC_FL_KEEP_SIZE = 1;
    public const int FALLOC_FL_PUNCH_HOLE = 2;

    /// <summary>What mmap returns when it fails.</summary>
    public static readonly nint MAP_FAILED = -1;

    /// <summary>
    /// The error of this thread's last call, one of <see cref="Errno"/>. Read it before anything else runs.
    /// </summary>
    public static int LastError => Marshal.GetLastPInvokeError();

    [LibraryImport(Library, EntryPoint = "mmap64", SetLastError = true)]
    public static partial nint Mmap(nint address, nuint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport(Library, EntryPoint = "munmap", SetLastError = true)]
    public static partial int Munmap(nint address, nuint length);

    [LibraryImport(Library, EntryPoint = "madvise", SetLastError = true)]
    public static partial int Madvise(nint address, nuint length, int advice);

    [LibraryImport(Library, EntryPoint = "mprotect", SetLastError = true)]
    public static partial int Mprotect(nint address, nuint length, int protection);

    [LibraryImport(Library, EntryPoint = "mlock2", SetLastError = true)]
    public static partial int Mlock2(nint address, nuint length, uint flags);

    [LibraryImport(
        Library, EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MemfdCreate(string name, uint flags);

    [LibraryImport(Library, EntryPoint = "fallocate64", SetLastError = true)]
    public static partial int Fallocate(int descriptor, int mode, long offset, long length);
}
