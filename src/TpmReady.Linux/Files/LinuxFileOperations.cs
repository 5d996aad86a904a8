// SPDX-License-Identifier: MIT

using TpmReady.Linux.Interop;

namespace TpmReady.Linux.Files;

/// <summary>The system calls themselves.</summary>
internal sealed unsafe class LinuxFileOperations : IFileOperations
{
    public int Open(int directory, byte* name, int flags, uint mode) =>
        Result(Libc.OpenAt(directory, name, flags, mode));

    public int OpenBeneath(int directory, byte* path, int flags)
    {
        OpenHow how = new()
        {
            Flags = (ulong)flags,
            Resolve = OpenHow.Beneath | OpenHow.NoSymlinks | OpenHow.NoMagicLinks,
        };
        return Result(Libc.OpenAt2(directory, path, &how));
    }

    public int Close(int descriptor) => Result(Libc.Close(descriptor));

    public nint Read(int descriptor, byte* buffer, nuint length, long offset) =>
        Result(Libc.Pread(descriptor, buffer, length, offset));

    public nint Write(int descriptor, byte* buffer, nuint length, long offset) =>
        Result(Libc.Pwrite(descriptor, buffer, length, offset));

    public int Truncate(int descriptor, long length) => Result(Libc.Ftruncate(descriptor, length));

    public int GetStatus(int descriptor, out FileStatus status)
    {
        StatxBuffer buffer;
        byte empty = 0;
        int result = Result(Libc.Statx(descriptor, &empty, Libc.AT_EMPTY_PATH, StatxBuffer.BasicMask, &buffer));
        status = result < 0
            ? default
            : new FileStatus(
                buffer.Mode,
                buffer.Owner,
                buffer.Inode,
                (long)buffer.Size,
                Device(buffer.DeviceMajor, buffer.DeviceMinor))
            {
                Links = buffer.Links,
            };
        return result;
    }

    public int Sync(int descriptor) => Result(Libc.Fsync(descriptor));

    public int SyncData(int descriptor) => Result(Libc.Fdatasync(descriptor));

    public int AdviseWillNeed(int descriptor) => -Libc.Fadvise(descriptor, 0, 0, Libc.POSIX_FADV_WILLNEED);

    public int Unlink(int directory, byte* name) => Result(Libc.UnlinkAt(directory, name, 0));

    public int RemoveDirectory(int directory, byte* name) =>
        Result(Libc.UnlinkAt(directory, name, Libc.AT_REMOVEDIR));

    public int Rename(int oldDirectory, byte* oldName, int newDirectory, byte* newName, bool replace) =>
        Result(Libc.RenameAt2(oldDirectory, oldName, newDirectory, newName, replace ? 0 : Libc.RENAME_NOREPLACE));

    public int Link(int oldDirectory, byte* oldName, int newDirectory, byte* newName) =>
        Result(Libc.LinkAt(oldDirectory, oldName, newDirectory, newName, 0));

    public int MakeDirectory(int directory, byte* name, uint mode) => Result(Libc.MkdirAt(directory, name, mode));

    public nint ReadDirectory(int descriptor, long position, byte* buffer, nuint length)
    {
        long seek = Libc.Lseek(descriptor, position, Libc.SEEK_SET);
        return seek < 0 ? -Libc.LastError : Result(Libc.Getdents(descriptor, buffer, length));
    }

    // glibc's makedev: 12 + 20 bits of major and 8 + 24 bits of minor, interleaved (bits/sysmacros.h).
    private static ulong Device(uint major, uint minor) =>
        (minor & 0xff) | ((major & 0xfffUL) << 8) | ((ulong)(minor & ~0xffu) << 12) | ((ulong)(major & ~0xfffu) << 32);

    private static int Result(int value) => value < 0 ? -Libc.LastError : value;

    private static nint Result(nint value) => value < 0 ? -Libc.LastError : value;
}
