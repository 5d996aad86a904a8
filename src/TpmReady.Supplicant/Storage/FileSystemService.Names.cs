// SPDX-License-Identifier: MIT

using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Storage;

/// <content>Opening and creating.</content>
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
            NoteIndex(ref request, result, isThere: result != TeeResult.ItemNotFound);
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
        EnterWhenSettled(slot);
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
            NoteIndex(ref request, result, isThere: true);
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

    private int BeforeCreate(int parent, int slot)
    {
        EnterWhenSettled(slot);
        try
        {
            return _index.BeforeCreate(parent, slot);
        }
        finally
        {
            _commits.Order.Exit();
        }
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

    private void NoteIndex(ref RpcRequest request, TeeResult result, bool isThere)
    {
        if (!isThere)
        {
            _index.Opened(0);
        }
        else if (result == TeeResult.Success)
        {
            _index.Opened(request.Parameters[2].A);
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
