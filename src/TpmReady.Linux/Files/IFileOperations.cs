// SPDX-License-Identifier: MIT

namespace TpmReady.Linux.Files;

/// <summary>
/// The file system as the services see it: one method a system call. Results are what the call returns, or the negative
/// error number. Names are NUL-terminated bytes. Tests put a failing file system here.
/// </summary>
internal unsafe interface IFileOperations
{
    /// <summary>openat: a descriptor.</summary>
    int Open(int directory, byte* name, int flags, uint mode);

    /// <summary>
    /// Opens a path that must neither leave the directory nor pass a symbolic link, else -EXDEV or -ELOOP.
    /// -ENOSYS where the kernel has no openat2 (before 5.6).
    /// </summary>
    int OpenBeneath(int directory, byte* path, int flags);

    /// <summary>close. The descriptor is gone whatever the result (close(2), on EINTR).</summary>
    int Close(int descriptor);

    /// <summary>pread: the number of bytes, fewer than asked at the end of the file.</summary>
    nint Read(int descriptor, byte* buffer, nuint length, long offset);

    /// <summary>pwrite: the number of bytes.</summary>
    nint Write(int descriptor, byte* buffer, nuint length, long offset);

    /// <summary>ftruncate.</summary>
    int Truncate(int descriptor, long length);

    /// <summary>What the descriptor refers to.</summary>
    int GetStatus(int descriptor, out FileStatus status);

    /// <summary>fsync.</summary>
    int Sync(int descriptor);

    /// <summary>fdatasync.</summary>
    int SyncData(int descriptor);

    /// <summary>posix_fadvise: the whole file will be read soon.</summary>
    int AdviseWillNeed(int descriptor);

    /// <summary>unlinkat of a file.</summary>
    int Unlink(int directory, byte* name);

    /// <summary>unlinkat of an empty directory.</summary>
    int RemoveDirectory(int directory, byte* name);

    /// <summary>
    /// renameat2. Without replacing, -EEXIST if the target exists and -EINVAL where the file system cannot tell.
    /// </summary>
    int Rename(int oldDirectory, byte* oldName, int newDirectory, byte* newName, bool replace);

    /// <summary>linkat; never follows a symbolic link.</summary>
    int Link(int oldDirectory, byte* oldName, int newDirectory, byte* newName);

    /// <summary>mkdirat.</summary>
    int MakeDirectory(int directory, byte* name, uint mode);

    /// <summary>
    /// lseek and getdents64: records of struct linux_dirent64 from a position that an earlier record gave (0 is the
    /// start); 0 bytes at the end.
    /// </summary>
    nint ReadDirectory(int descriptor, long position, byte* buffer, nuint length);
}
