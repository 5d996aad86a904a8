// SPDX-License-Identifier: MIT

using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Storage;

/// <content>Taking names away: removing and renaming.</content>
internal sealed unsafe partial class FileSystemService
{
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
        EnterWhenSettled(slot);
        try
        {
            int result = _index.Remove(parent, slot);
            return result < 0 ? result : _root.SyncDirectory(parent);
        }
        finally
        {
            _commits.Order.Exit();
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
}
