// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Logging;

namespace TpmReady.Supplicant.Storage;

/// <summary>
/// The files behind handles: opens them by name, again when an earlier process or a lack of use had closed them.
/// </summary>
/// <remarks>Results are descriptors or negative error numbers.</remarks>
internal sealed unsafe class OpenedFiles(
    IFileOperations files, FileHandleTable handles, StorageRoot root, FileSyncMode mode, ILog log)
{
    private static readonly int ListFlags =
        Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_NOFOLLOW | Libc.O_CLOEXEC | Libc.O_NONBLOCK;

    /// <summary>
    /// The flags of every file. O_NONBLOCK: a FIFO that somebody put there must not hold the thread. O_DSYNC: a write
    /// is durable before it is answered, and less dear than with O_SYNC, which the C supplicant uses since
    /// OP-TEE/optee_os#1833.
    /// </summary>
    public int Flags { get; } = Libc.O_NOFOLLOW | Libc.O_CLOEXEC | Libc.O_NONBLOCK
        | (mode == FileSyncMode.Strict ? Libc.O_DSYNC : 0);

    /// <summary>Opens for writing where possible: a store that is mounted read-only can still be read.</summary>
    public int OpenFile(int parent, StoragePath path)
    {
        int result = files.Open(parent, path.Name, Libc.O_RDWR | Flags, 0);
        return result is -Errno.EROFS or -Errno.EACCES or -Errno.EPERM or -Errno.ETXTBSY
            ? files.Open(parent, path.Name, Libc.O_RDONLY | Flags, 0)
            : result;
    }

    /// <summary>Opens a directory to list it.</summary>
    public int OpenList(int parent, StoragePath path) => files.Open(parent, path.Name, ListFlags, 0);

    /// <summary>
    /// Finds an open file. One without a descriptor is opened again by its name; if that fails, its descriptor is the
    /// negative error number.
    /// </summary>
    /// <returns>False if there is no such handle.</returns>
    public bool TryUse(ulong handle, HandleKind kind, out OpenFile file)
    {
        if (!handles.TryAcquire(handle, kind, out file))
        {
            return false;
        }

        if (file.Descriptor < 0)
        {
            file = file with { Descriptor = Reopen(file, kind) };
        }

        return true;
    }

    /// <summary>Gives the descriptor of an acquired file back, and closes it if it is nobody's.</summary>
    public void Release(OpenFile file)
    {
        int descriptor = handles.Release(file);
        if (descriptor >= 0)
        {
            files.Close(descriptor);
        }
    }

    /// <summary>Closes what was not used for long, as far as it could be opened again.</summary>
    public void CloseIdle()
    {
        int descriptor = handles.TakeIdleDescriptor();
        while (descriptor >= 0)
        {
            files.Close(descriptor);
            descriptor = handles.TakeIdleDescriptor();
        }
    }

    /// <summary>
    /// A name is about to be removed or replaced: handles on it go on, so they must have descriptors before.
    /// </summary>
    /// <returns>0 or a negative error number.</returns>
    public int KeepOpen(ReadOnlySpan<byte> path)
    {
        int result = 0;
        while (result >= 0 && handles.TryAcquireUnopened(path, out OpenFile file))
        {
            result = Reopen(file, HandleKind.File);
            Release(file);
            if (result == -Errno.ESTALE)
            {
                // Another file bears the name by now: what the handle stood for is gone already.
                handles.Remove(path);
                result = 0;
            }
        }

        return Math.Min(result, 0);
    }

    /// <summary>Opens an acquired file that has no descriptor.</summary>
    public int Reopen(OpenFile file, HandleKind kind)
    {
        int descriptor = ReopenByName(ref handles[file], kind);
        if (descriptor < 0)
        {
            log.Write(
                LogLevel.Critical,
                $"A file that the secure world has open cannot be opened again: {Errno.Name(-descriptor)}.");
            return descriptor;
        }

        int attached = handles.Attach(file, descriptor);
        if (attached != descriptor)
        {
            files.Close(descriptor);
        }

        return attached;
    }

    private int ReopenByName(ref FileHandleEntry entry, HandleKind kind)
    {
        Span<byte> name = stackalloc byte[StoragePath.BufferSize];
        name.Clear();
        entry.GetName().CopyTo(name);
        byte* buffer = stackalloc byte[StoragePath.BufferSize];
        if (entry.NameIsGone != 0 || !StoragePath.TryParse(name, buffer, out StoragePath path))
        {
            return -Errno.ESTALE;
        }

        int parent = root.OpenParent(path);
        int descriptor = parent < 0 ? parent
            : kind == HandleKind.File ? OpenFile(parent, path)
            : OpenList(parent, path);
        root.CloseParent(parent);
        if (descriptor < 0)
        {
            return descriptor;
        }

        // Another file of the same name is not the one that the secure world has open.
        int result = files.GetStatus(descriptor, out FileStatus status);
        if (result >= 0 && status.Inode == entry.Inode)
        {
            return descriptor;
        }

        files.Close(descriptor);
        return result < 0 ? result : -Errno.ESTALE;
    }
}
