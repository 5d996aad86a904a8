// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Linux.Interop;

internal static unsafe partial class Libc
{
    // include/uapi/asm-generic/fcntl.h.
    public const int O_RDONLY = 0;
    public const int O_WRONLY = 1;
    public const int O_RDWR = 2;
    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public const int O_NOCTTY = 0x100;
    public const int O_TRUNC = 0x200;
    public const int O_APPEND = 0x400;
    public const int O_NONBLOCK = 0x800;
    public const int O_DSYNC = 0x1000;
    public const int O_CLOEXEC = 0x80000;
    public const int O_PATH = 0x200000;
    public const int AT_FDCWD = -100;
    public const int F_DUPFD_CLOEXEC = 1030;
    public const int F_GETFD = 1;
    public const int F_SETFD = 2;
    public const int F_GETFL = 3;
    public const int F_SETFL = 4;
    public const short F_WRLCK = 1;
    public const short F_UNLCK = 2;
    public const int F_ADD_SEALS = 1033;
    public const int F_GET_SEALS = 1034;
    public const int FD_CLOEXEC = 1;

    // include/uapi/linux/eventfd.h, asm-generic/poll.h, asm-generic/resource.h.
    public const int EFD_CLOEXEC = O_CLOEXEC;
    public const int EFD_NONBLOCK = O_NONBLOCK;
    public const short POLLIN = 1;
    public const short POLLOUT = 4;
    public const short POLLERR = 8;
    public const short POLLHUP = 16;
    public const int RLIMIT_NOFILE = 7;
    public const int RLIMIT_MEMLOCK = 8;

    // arch/arm/include/uapi/asm/fcntl.h and arch/arm64/…: the two Arm ports swapped these four flags with each other.
    private static readonly bool IsArm =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64;

    // include/uapi/asm-generic/fcntl.h: with 32 bits the commands for struct flock64 have numbers of their own.
    public static readonly int F_GETLK = nint.Size == 8 ? 5 : 12;
    public static readonly int F_SETLK = nint.Size == 8 ? 6 : 13;

    /// <summary>Fail unless the path is a directory.</summary>
    public static readonly int O_DIRECTORY = IsArm ? 0x4000 : 0x10000;

    /// <summary>Fail with ELOOP if the last component is a symbolic link.</summary>
    public static readonly int O_NOFOLLOW = IsArm ? 0x8000 : 0x20000;

    [LibraryImport(Library, EntryPoint = "open64", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, uint mode = 0);

    [LibraryImport(Library, EntryPoint = "openat64", SetLastError = true)]
    public static partial int OpenAt(int directory, byte* path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Fcntl(int descriptor, int command, nint argument);

    [LibraryImport(Library, EntryPoint = "dup3", SetLastError = true)]
    public static partial int Dup3(int from, int to, int flags);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport(Library, EntryPoint = "pipe2", SetLastError = true)]
    public static partial int Pipe2(int* descriptors, int flags);

    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollDescriptor* descriptors, nuint count, int timeoutMilliseconds);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, void* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, void* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "ftruncate64", SetLastError = true)]
    public static partial int Ftruncate(int descriptor, long length);

    [LibraryImport(Library, EntryPoint = "lseek64", SetLastError = true)]
    public static partial long Lseek(int descriptor, long offset, int whence);

    [LibraryImport(Library, EntryPoint = "getrlimit64", SetLastError = true)]
    public static partial int GetResourceLimit(int resource, ResourceLimit* limit);

    [LibraryImport(Library, EntryPoint = "setrlimit64", SetLastError = true)]
    public static partial int SetResourceLimit(int resource, ResourceLimit* limit);

    /// <summary><c>struct pollfd</c>, 8 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    /// <summary><c>struct flock64</c>, 32 bytes with 64 bits (24 on 32-bit x86 only, which is no target).</summary>
    [StructLayout(LayoutKind.Explicit, Size = 32)]
    public struct RecordLock
    {
        [FieldOffset(0)]
        public short Type;
        [FieldOffset(2)]
        public short Whence;
        [FieldOffset(8)]
        public long Start;
        [FieldOffset(16)]
        public long Length;
        [FieldOffset(24)]
        public int Process;
    }

    /// <summary><c>struct rlimit64</c>, 16 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ResourceLimit
    {
        public ulong Current;
        public ulong Maximum;
    }
}
