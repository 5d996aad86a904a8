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

    private TeeResult OpenFile(ref RpcRequest request)
    {
        byte* buffer = stackalloc byte[StoragePath.BufferSize];
        if (!request.HasTypes(TeeParameterType.ValueInput, TeeParameterType.MemoryInput, TeeParameterType.ValueOutput)
            || !TryGetPath(ref request, 1, buffer, out StoragePath path))
        {
            return TeeResult.BadParameters;
        }

        _commits.ForgetTruncation();
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

        int descriptor = IndexGuard.Is(path)
            ? OpenIndex(parent, path, request.Slot)
            : _opened.OpenFile(parent, path);
        _root.CloseParent(parent);
        return descriptor < 0
            ? StorageErrors.OfOpen(-descriptor)
            : Enter(ref request, descriptor, HandleKind.File, path);
    }

    /// <summary>Not while a request of a killed client may still move or write it.</summary>
    private int OpenIndex(int parent, StoragePath path, int slot)
    {
        _index.EnterWhenSettled(_commits.Order, slot);
        try
        {
            int descriptor = _opened.OpenFile(parent, path);
            int result = descriptor < 0 ? descriptor : _commits.Settle(descriptor);
            if (result < 0 && descriptor >= 0)
            {
                _files.Close(descriptor);

                // The file is there, whatever else is missing.
                return result == -Errno.ENOENT ? -Errno.EIO : result;
            }

            return descriptor;
        }
        finally
        {
            _commits.Order.Exit();
        }
    }

    private TeeResult CreateFile(ref RpcRequest request)
    {
        byte* buffer = stackalloc byte[StoragePath.BufferSize];
        if (!request.HasTypes(TeeParameterType.ValueInput, TeeParameterType.MemoryInput, TeeParameterType.ValueOutput)
            || !TryGetPath(ref request, 1, buffer, out StoragePath path))
        {
            return TeeResult.BadParameters;
        }

        _commits.ForgetTruncation();
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
        int result = IndexGuard.Is(path) ? BeforeCreate(parent, request.Slot) : 0;
        if (result < 0)
        {
            return TeeResult.Generic;
        }

        // Emptied only when it is known to be a regular file.
        int descriptor = _files.Open(parent, path.Name, Libc.O_RDWR | Libc.O_CREAT | _opened.Flags, FileMode);
        if (descriptor < 0)
        {
            return NotCreated(-descriptor);
        }

        result = _files.GetStatus(descriptor, out FileStatus status);
        result = result >= 0 && !status.IsRegular ? -Errno.EINVAL : result;
        result = result >= 0 && status.Size > 0 ? _files.Truncate(descriptor, 0) : result;
        result = result >= 0 ? _commits.NameEntered(parent, CommitRule.KindOf(path.Bytes)) : result;
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

        int result = IndexGuard.Is(path)
            ? RemoveIndex(parent, request.Slot)
            : RemoveFile(parent, path);
        _root.CloseParent(parent);
        if (result == -Errno.ENOENT && request.IsRepeat)
        {
            // The process that died had come so far. OP-TEE removes nothing that it does not know to be there.
            _handles.Remove(path.Bytes);
            result = 0;
        }

        if (result < 0)
        {
            return StorageErrors.Of(-result);
        }

        _root.RemoveEmptyParents(path, int.MaxValue);
        return TeeResult.Success;
    }

    private int RemoveIndex(int parent, int slot)
    {
        lock (_commits.Order)
        {
            int result = _index.Remove(parent, slot);
            return result < 0 ? result : _root.SyncDirectory(parent);
        }
    }

    private int RemoveFile(int parent, StoragePath path)
    {
        StoredFileKind kind = CommitRule.KindOf(path.Bytes);
        if (!_commits.MayRemove(kind))
        {
            _log.Write(
                LogLevel.Notice,
                "An object's file is kept that the secure world removes: its last commit failed or was not answered, "
                + "so that the index may still name the file.");
            return -Errno.EBUSY;
        }

        lock (_commits.Order)
        {
            int result = _opened.KeepOpen(path.Bytes);
            result = result < 0 && result != -Errno.ENOENT ? result : _files.Unlink(parent, path.Name);
            if (result < 0)
            {
                return result;
            }

            _handles.Remove(path.Bytes);
            return _commits.NameRemoved(parent, kind);
        }
    }

    private int BeforeCreate(int parent, int slot)
    {
        _index.EnterWhenSettled(_commits.Order, slot);
        try
        {
            return _index.BeforeCreate(parent, slot);
        }
        finally
        {
            _commits.Order.Exit();
        }
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
        if (result == -Errno.ENOENT && request.IsRepeat)
        {
            _handles.Rename(oldPath.Bytes, newPath.Bytes);
            result = 0;
        }

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
        result = result >= 0 && replace ? _opened.KeepOpen(newPath.Bytes) : result;
        result = result == -Errno.ENOENT ? 0 : result;
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
        lock (_commits.Order)
        {
            _opened.CloseIdle();
        }

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
