// SPDX-License-Identifier: MIT

using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Storage;

/// <content>Operations on names.</content>
internal sealed unsafe partial class FileSystemService
{
    private const uint FileMode = 0x180; // 0600

    // O_NONBLOCK: a FIFO that somebody put there must not hold the thread. O_DSYNC: a write is durable before it is
    // answered, and less dear than with O_SYNC, which the C supplicant uses since OP-TEE/optee_os#1833.
    private static readonly int FileFlags = Libc.O_NOFOLLOW | Libc.O_CLOEXEC | Libc.O_NONBLOCK | Libc.O_DSYNC;

    private TeeResult OpenFile(ref RpcRequest request)
    {
        byte* buffer = stackalloc byte[StoragePath.BufferSize];
        if (!request.HasTypes(TeeParameterType.ValueInput, TeeParameterType.MemoryInput, TeeParameterType.ValueOutput)
            || !TryGetPath(ref request, 1, buffer, out StoragePath path))
        {
            return TeeResult.BadParameters;
        }

        TeeResult result = OpenFile(ref request, path);
        if (IndexGuard.Is(path))
        {
            Note(result is TeeResult.Success or TeeResult.ItemNotFound);
        }

        return result;
    }

    private TeeResult OpenFile(ref RpcRequest request, StoragePath path)
    {
        int parent = _root.OpenParent(path);
        if (parent < 0)
        {
            return OfParent(parent);
        }

        int descriptor = OpenByName(parent, path);
        _root.CloseParent(parent);
        return descriptor < 0
            ? StorageErrors.OfOpen(-descriptor)
            : Enter(ref request, descriptor, HandleKind.File, path);
    }

    /// <summary>Opens for writing where possible: a store that is mounted read-only can still be read.</summary>
    private int OpenByName(int parent, StoragePath path)
    {
        int result = _files.Open(parent, path.Name, Libc.O_RDWR | FileFlags, 0);
        return result is -Errno.EROFS or -Errno.EACCES or -Errno.EPERM or -Errno.ETXTBSY
            ? _files.Open(parent, path.Name, Libc.O_RDONLY | FileFlags, 0)
            : result;
    }

    private TeeResult CreateFile(ref RpcRequest request)
    {
        byte* buffer = stackalloc byte[StoragePath.BufferSize];
        if (!request.HasTypes(TeeParameterType.ValueInput, TeeParameterType.MemoryInput, TeeParameterType.ValueOutput)
            || !TryGetPath(ref request, 1, buffer, out StoragePath path))
        {
            return TeeResult.BadParameters;
        }

        int created = 0;
        int parent = _root.OpenParent(path);
        if (parent == -Errno.ENOENT)
        {
            parent = _root.CreateParent(path, out created);
        }

        TeeResult result = parent < 0 ? OfParent(parent) : CreateFile(ref request, path, parent);
        _root.CloseParent(parent);
        if (result != TeeResult.Success)
        {
            _root.RemoveEmptyParents(path, created);
        }

        if (IndexGuard.Is(path))
        {
            Note(result == TeeResult.Success);
        }

        return result;
    }

    private TeeResult CreateFile(ref RpcRequest request, StoragePath path, int parent)
    {
        int result = IndexGuard.Is(path) ? _index.BeforeCreate(parent, request.Slot) : 0;
        if (result < 0)
        {
            return TeeResult.Generic;
        }

        // Emptied only when it is known to be a regular file.
        int descriptor = _files.Open(parent, path.Name, Libc.O_RDWR | Libc.O_CREAT | FileFlags, FileMode);
        if (descriptor < 0)
        {
            return NotCreated(-descriptor);
        }

        result = _files.GetStatus(descriptor, out FileStatus status);
        result = result >= 0 && !status.IsRegular ? -Errno.EINVAL : result;
        result = result >= 0 && status.Size > 0 ? _files.Truncate(descriptor, 0) : result;
        result = result >= 0 ? _root.SyncDirectory(parent) : result;
        if (result < 0)
        {
            _files.Close(descriptor);
            return NotCreated(-result);
        }

        return Enter(ref request, descriptor, HandleKind.File, path, status);
    }

    private TeeResult Remove(ref RpcRequest request)
    {
        byte* buffer = stackalloc byte[StoragePath.BufferSize];
        if (!request.HasTypes(TeeParameterType.ValueInput, TeeParameterType.MemoryInput)
            || !TryGetPath(ref request, 1, buffer, out StoragePath path))
        {
            return TeeResult.BadParameters;
        }

        int parent = _root.OpenParent(path);
        if (parent < 0)
        {
            return OfParent(parent);
        }

        int result;
        if (IndexGuard.Is(path))
        {
            result = _index.Remove(parent, request.Slot);
        }
        else
        {
            result = _files.Unlink(parent, path.Name);
            if (result >= 0)
            {
                _handles.Remove(path.Bytes);
            }
        }

        result = result >= 0 ? _root.SyncDirectory(parent) : result;
        _root.CloseParent(parent);
        if (result < 0)
        {
            return StorageErrors.Of(-result);
        }

        _root.RemoveEmptyParents(path, int.MaxValue);
        return TeeResult.Success;
    }

    private TeeResult Rename(ref RpcRequest request)
    {
        byte* oldBuffer = stackalloc byte[StoragePath.BufferSize];
        byte* newBuffer = stackalloc byte[StoragePath.BufferSize];
        if (!request.HasTypes(TeeParameterType.ValueInput, TeeParameterType.MemoryInput, TeeParameterType.MemoryInput)
            || !TryGetPath(ref request, 1, oldBuffer, out StoragePath oldPath)
            || !TryGetPath(ref request, 2, newBuffer, out StoragePath newPath))
        {
            return TeeResult.BadParameters;
        }

        int oldParent = _root.OpenParent(oldPath);
        int newParent = oldParent < 0 ? oldParent : _root.OpenParent(newPath);
        int result = newParent < 0 ? newParent : Rename(ref request, oldParent, oldPath, newParent, newPath);
        _root.CloseParent(newParent);
        _root.CloseParent(oldParent);
        return result switch
        {
            >= 0 => TeeResult.Success,
            -Errno.EEXIST => TeeResult.AccessConflict,
            _ => StorageErrors.Of(-result),
        };
    }

    private int Rename(
        ref RpcRequest request, int oldParent, StoragePath oldPath, int newParent, StoragePath newPath)
    {
        bool replace = request.Parameters[0].B != 0;
        bool replacesIndex = replace && IndexGuard.Is(newPath) && !IndexGuard.Is(oldPath);
        int result = replacesIndex ? _index.BeforeReplace(newParent, request.Slot) : 0;
        if (result < 0)
        {
            return result;
        }

        result = replace
            ? _files.Rename(oldParent, oldPath.Name, newParent, newPath.Name, replace: true)
            : StorageRename.WithoutReplacing(_files, oldParent, oldPath.Name, newParent, newPath.Name);
        if (result < 0)
        {
            return result;
        }

        _handles.Rename(oldPath.Bytes, newPath.Bytes);
        result = _root.SyncDirectory(newParent);
        return result < 0 || oldParent == newParent ? result : _root.SyncDirectory(oldParent);
    }

    private TeeResult Enter(ref RpcRequest request, int descriptor, HandleKind kind, StoragePath path)
    {
        int result = _files.GetStatus(descriptor, out FileStatus status);
        if (result >= 0 && (kind == HandleKind.File ? status.IsRegular : status.IsDirectory))
        {
            return Enter(ref request, descriptor, kind, path, status);
        }

        _files.Close(descriptor);
        return TeeResult.Generic;
    }

    private TeeResult Enter(
        ref RpcRequest request, int descriptor, HandleKind kind, StoragePath path, FileStatus status)
    {
        int handle = _handles.Add(descriptor, kind, path.Bytes, status.Inode, request.Slot);
        if (handle == 0)
        {
            _files.Close(descriptor);
            _log.Write(
                LogLevel.Critical,
                $"The secure world has {_handles.OpenCount} files open, and no more fit. Restart the machine: killed "
                + "clients left files open that nobody closes.");
            return TeeResult.Generic;
        }

        request.Parameters[2].A = (ulong)handle;
        return TeeResult.Success;
    }

    private void Note(bool succeeded)
    {
        if (succeeded)
        {
            _index.Opened();
        }
        else
        {
            _index.Failed();
        }
    }

    private static bool TryGetPath(ref RpcRequest request, int parameter, byte* buffer, out StoragePath path)
    {
        MemoryReference memory = request.GetMemory(parameter);
        path = default;
        return memory.IsValid && StoragePath.TryParse(memory.Bytes, buffer, out path);
    }

    // The root itself is opened on the way to every parent.
    private TeeResult OfParent(int result)
    {
        int root = _root.Open();
        return root < 0 ? TeeResult.StorageNotAvailable : StorageErrors.OfOpen(-result);
    }

    // For OP-TEE a create that says "not found" is no answer at all.
    private static TeeResult NotCreated(int error)
    {
        TeeResult result = StorageErrors.Of(error);
        return result == TeeResult.ItemNotFound ? TeeResult.Generic : result;
    }
}
