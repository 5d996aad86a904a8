// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Storage;

/// <content>Operations on what files hold.</content>
internal sealed unsafe partial class FileSystemService
{
    private TeeResult Read(ref RpcRequest request)
    {
        if (!request.HasTypes(TeeParameterType.ValueInput, TeeParameterType.MemoryOutput)
            || !TryGetContent(ref request, out MemoryReference memory)
            || !TryUse(request.Parameters[0].B, HandleKind.File, out OpenFile file))
        {
            return TeeResult.BadParameters;
        }

        nint read = file.Descriptor < 0
            ? file.Descriptor
            : ReadAll(file.Descriptor, memory.Bytes, (long)request.Parameters[0].C);
        EndContent(file, read);
        if (read < 0)
        {
            return ContentError((int)-read);
        }

        request.Parameters[1].B = (ulong)read;
        return TeeResult.Success;
    }

    private TeeResult Write(ref RpcRequest request)
    {
        if (!request.HasTypes(TeeParameterType.ValueInput, TeeParameterType.MemoryInput)
            || !TryGetContent(ref request, out MemoryReference memory)
            || !TryUse(request.Parameters[0].B, HandleKind.File, out OpenFile file))
        {
            return TeeResult.BadParameters;
        }

        nint result = file.Descriptor < 0
            ? file.Descriptor
            : WriteAll(file.Descriptor, memory.Bytes, (long)request.Parameters[0].C);
        EndContent(file, result);
        return result < 0 ? ContentError((int)-result) : TeeResult.Success;
    }

    private TeeResult Truncate(ref RpcRequest request)
    {
        if (!request.HasTypes(TeeParameterType.ValueInput)
            || request.Parameters[0].C > long.MaxValue
            || !TryUse(request.Parameters[0].B, HandleKind.File, out OpenFile file))
        {
            return TeeResult.BadParameters;
        }

        // O_DSYNC covers writes only.
        int result = file.Descriptor;
        result = result < 0 ? result : _files.Truncate(file.Descriptor, (long)request.Parameters[0].C);
        result = result < 0 ? result : _files.SyncData(file.Descriptor);
        EndContent(file, result);
        return result < 0 ? ContentError(-result) : TeeResult.Success;
    }

    /// <summary>
    /// The buffer of a read or write, and whether offset and length stay within what a file can have.
    /// </summary>
    private static bool TryGetContent(ref RpcRequest request, out MemoryReference memory)
    {
        // No buffer is right for no bytes.
        memory = request.GetMemory(1);
        return (memory.IsValid || (memory.IsNull && request.Parameters[1].B == 0))
            && request.Parameters[0].C <= (ulong)long.MaxValue - (ulong)memory.Bytes.Length;
    }

    private nint ReadAll(int descriptor, Span<byte> bytes, long offset)
    {
        nint done = 0;
        fixed (byte* buffer = bytes)
        {
            while (done < bytes.Length)
            {
                nint count = _files.Read(descriptor, buffer + done, (nuint)(bytes.Length - done), offset + done);
                if (count <= 0)
                {
                    return count < 0 ? count : done;
                }

                done += count;
            }
        }

        return done;
    }

    private nint WriteAll(int descriptor, ReadOnlySpan<byte> bytes, long offset)
    {
        nint done = 0;
        fixed (byte* buffer = bytes)
        {
            while (done < bytes.Length)
            {
                nint count = _files.Write(descriptor, buffer + done, (nuint)(bytes.Length - done), offset + done);
                if (count <= 0)
                {
                    return count < 0 ? count : -Errno.EIO;
                }

                done += count;
            }
        }

        return done;
    }

    /// <summary>
    /// Finds an open file. One that an earlier process opened is opened again by its name; if that fails, its
    /// descriptor is the negative error number.
    /// </summary>
    private bool TryUse(ulong handle, HandleKind kind, out OpenFile file)
    {
        if (!_handles.TryAcquire(handle, kind, out file))
        {
            return false;
        }

        if (file.Descriptor < 0)
        {
            file = file with { Descriptor = Reopen(file, kind) };
        }

        return true;
    }

    private int Reopen(OpenFile file, HandleKind kind)
    {
        int descriptor = ReopenByName(ref _handles[file], kind);
        if (descriptor < 0)
        {
            _log.Write(
                LogLevel.Critical,
                $"A file that was open before this process started cannot be opened again: {Errno.Name(-descriptor)}.");
            return descriptor;
        }

        int attached = _handles.Attach(file, descriptor);
        if (attached != descriptor)
        {
            _files.Close(descriptor);
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

        int parent = _root.OpenParent(path);
        int descriptor = parent < 0 ? parent
            : kind == HandleKind.File ? OpenByName(parent, path)
            : OpenList(parent, path);
        _root.CloseParent(parent);
        if (descriptor < 0)
        {
            return descriptor;
        }

        // Another file of the same name is not the one that the secure world has open.
        int result = _files.GetStatus(descriptor, out FileStatus status);
        if (result >= 0 && status.Inode == entry.Inode)
        {
            return descriptor;
        }

        _files.Close(descriptor);
        return result < 0 ? result : -Errno.ESTALE;
    }

    private void EndContent(OpenFile file, nint result)
    {
        if (result < 0 && _handles[file].GetName().SequenceEqual(IndexGuard.Name))
        {
            _index.Failed();
        }

        EndUse(file);
    }

    // The handle is known, so whatever is missing, it is not the file's name.
    private static TeeResult ContentError(int error)
    {
        TeeResult result = StorageErrors.Of(error);
        return result == TeeResult.ItemNotFound ? TeeResult.Generic : result;
    }
}
