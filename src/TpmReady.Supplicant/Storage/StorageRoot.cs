// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.Text;
using System.Threading;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Logging;

namespace TpmReady.Supplicant.Storage;

/// <summary>
/// The directory that holds the secure world's files. It is opened with the first request, because storage may be
/// mounted later than the supplicant starts, and its descriptor is kept: the files stay in reach when something is
/// mounted over them.
/// </summary>
/// <remarks>Results are descriptors or negative error numbers.</remarks>
internal sealed unsafe class StorageRoot
{
    private const uint DirectoryMode = 0x1c0; // 0700
    private const int NotOpened = -1;

    // Older OP-TEE versions keep files at most two directories deep, as /<uuid>/<object>.
    private const int MaximumCreatedLevels = 2;

    private static readonly int DirectoryFlags =
        Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC | Libc.O_NONBLOCK;

    private readonly Lock _lock = new();
    private readonly IFileOperations _files;
    private readonly ILog _log;
    private readonly byte[] _path;
    private int _descriptor = NotOpened;
    private int _reportedError;

    /// <summary>A root at a path; a relative one counts from the working directory of now.</summary>
    public StorageRoot(string path, IFileOperations files, ILog log)
    {
        Path = System.IO.Path.GetFullPath(path);
        _path = Encoding.UTF8.GetBytes(Path + '\0');
        _files = files;
        _log = log;
    }

    /// <summary>The directory's path.</summary>
    public string Path { get; }

    /// <summary>
    /// The root's descriptor; creates missing directories with mode 0700. A failure is tried again next time.
    /// </summary>
    public int Open()
    {
        int descriptor = Volatile.Read(ref _descriptor);
        if (descriptor != NotOpened)
        {
            return descriptor;
        }

        lock (_lock)
        {
            if (_descriptor != NotOpened)
            {
                return _descriptor;
            }

            int result = CreateAndOpen();
            if (result >= 0)
            {
                Volatile.Write(ref _descriptor, result);
                _log.Write(LogLevel.Info, $"Storage is in {Path}.");
            }
            else if (_reportedError != result)
            {
                _log.Write(
                    LogLevel.Error,
                    $"The storage directory {Path} cannot be opened: {Errno.Name(-result)}. Create it, and make it "
                    + "accessible to the user that the supplicant runs as.");
            }

            _reportedError = result;
            return result;
        }
    }

    /// <summary>
    /// Which directory it is, by device and inode, whatever its path; empty if it is not there. Creates nothing.
    /// </summary>
    public string Identify()
    {
        int descriptor = Volatile.Read(ref _descriptor);
        bool isOpen = descriptor != NotOpened;
        if (!isOpen)
        {
            fixed (byte* path = _path)
            {
                descriptor = _files.Open(Libc.AT_FDCWD, path, Libc.O_PATH | Libc.O_DIRECTORY | Libc.O_CLOEXEC, 0);
            }
        }

        if (descriptor < 0)
        {
            return "";
        }

        int result = _files.GetStatus(descriptor, out FileStatus status);
        if (!isOpen)
        {
            _files.Close(descriptor);
        }

        return result < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{status.Device:x}:{status.Inode}");
    }

    /// <summary>The directory that holds a path's last component; give it back to <see cref="CloseParent"/>.</summary>
    public int OpenParent(StoragePath path)
    {
        int root = Open();
        if (root < 0 || path.ParentLength == 0)
        {
            return root;
        }

        path.Cut();
        int result = _files.OpenBeneath(root, path.Text, DirectoryFlags);
        path.Join();
        return result == -Errno.ENOSYS ? Walk(root, path, create: false, out _) : result;
    }

    /// <summary>As <see cref="OpenParent"/>, but creates up to two missing directories.</summary>
    /// <param name="path">The path.</param>
    /// <param name="created">How many were created: what <see cref="RemoveEmptyParents"/> wants if nothing is put into
    /// them.</param>
    public int CreateParent(StoragePath path, out int created)
    {
        int root = Open();
        created = 0;
        return root < 0 || path.ParentLength == 0 ? root : Walk(root, path, create: true, out created);
    }

    /// <summary>Ends the use of a parent.</summary>
    public void CloseParent(int descriptor)
    {
        if (descriptor >= 0 && descriptor != _descriptor)
        {
            _files.Close(descriptor);
        }
    }

    /// <summary>
    /// Removes a path's innermost directories as far as they are empty, at most so many. Missing ones do not count.
    /// </summary>
    public void RemoveEmptyParents(StoragePath path, int levels)
    {
        byte* buffer = stackalloc byte[StoragePath.BufferSize];
        int length = path.ParentLength;
        while (levels > 0 && length > 0)
        {
            path.Bytes[..length].CopyTo(new Span<byte>(buffer, length));
            buffer[length] = 0;
            if (!StoragePath.TryParse(new ReadOnlySpan<byte>(buffer, length + 1), buffer, out StoragePath directory))
            {
                return;
            }

            int parent = OpenParent(directory);
            int result = parent < 0 ? parent : _files.RemoveDirectory(parent, directory.Name);
            CloseParent(parent);
            if (result < 0 && result != -Errno.ENOENT)
            {
                return;
            }

            levels -= result < 0 ? 0 : 1;
            length = directory.ParentLength;
        }
    }

    /// <summary>
    /// Makes changes of a directory's names durable. File systems that cannot sync a directory say EINVAL.
    /// </summary>
    public int SyncDirectory(int descriptor)
    {
        int result = _files.Sync(descriptor);
        return result == -Errno.EINVAL ? 0 : result;
    }

    /// <summary>
    /// One component after the other, none of them a link: for kernels without openat2, and to create.
    /// </summary>
    private int Walk(int root, StoragePath path, bool create, out int created)
    {
        created = 0;
        byte* name = stackalloc byte[StoragePath.BufferSize];
        ReadOnlySpan<byte> rest = path.Bytes[..path.ParentLength];
        int current = root;
        while (!rest.IsEmpty)
        {
            int separator = rest.IndexOf((byte)'/');
            ReadOnlySpan<byte> component = separator < 0 ? rest : rest[..separator];
            rest = separator < 0 ? [] : rest[(separator + 1)..];
            component.CopyTo(new Span<byte>(name, StoragePath.BufferSize));
            name[component.Length] = 0;

            int next = _files.Open(current, name, DirectoryFlags | Libc.O_NOFOLLOW, 0);
            if (next == -Errno.ENOENT && create && created < MaximumCreatedLevels)
            {
                int made = _files.MakeDirectory(current, name, DirectoryMode);
                created += made >= 0 ? 1 : 0;
                made = made >= 0 ? SyncDirectory(current) : made;
                next = made is >= 0 or -Errno.EEXIST
                    ? _files.Open(current, name, DirectoryFlags | Libc.O_NOFOLLOW, 0)
                    : made;
            }

            CloseParent(current);
            if (next < 0)
            {
                return next;
            }

            current = next;
        }

        return current;
    }

    private int CreateAndOpen()
    {
        int result = OpenRoot();
        if (result == -Errno.ENOENT)
        {
            CreateComponents();
            result = OpenRoot();
        }

        if (result < 0)
        {
            return result;
        }

        int status = _files.GetStatus(result, out FileStatus root);
        status = status < 0 ? status : SyncDirectory(result);
        if (status < 0 && status != -Errno.EROFS)
        {
            _files.Close(result);
            return status;
        }

        if (root.IsAccessibleByOthers)
        {
            _log.Write(
                LogLevel.Warning,
                $"The storage directory {Path} is open to other users (mode {Convert.ToString(root.Mode & 0x1ff, 8)}): "
                + "chmod 700 it.");
        }

        return result;
    }

    private int OpenRoot()
    {
        fixed (byte* path = _path)
        {
            return _files.Open(Libc.AT_FDCWD, path, DirectoryFlags, 0);
        }
    }

    // What went wrong here shows when the root is opened.
    private void CreateComponents()
    {
        fixed (byte* path = _path)
        {
            for (int end = 1; end < _path.Length; end++)
            {
                byte value = path[end];
                if (value is (byte)'/' or 0)
                {
                    path[end] = 0;
                    _files.MakeDirectory(Libc.AT_FDCWD, path, DirectoryMode);
                    path[end] = value;
                }
            }
        }
    }
}
