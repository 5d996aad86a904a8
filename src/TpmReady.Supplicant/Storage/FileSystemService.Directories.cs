// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Storage;

/// <content>Listing directories: for older OP-TEE versions.</content>
internal sealed unsafe partial class FileSystemService
{
    private TeeResult OpenDirectory(ref RpcRequest request)
    {
        byte* buffer = stackalloc byte[StoragePath.BufferSize];
        if (!request.HasTypes(TeeParameterType.ValueInput, TeeParameterType.MemoryInput, TeeParameterType.ValueOutput)
            || !TryGetPath(ref request, 1, buffer, out StoragePath path))
        {
            return TeeResult.BadParameters;
        }

        int parent = _root.OpenParent(path);
        if (parent < 0)
        {
            return OfParent(parent);
        }

        int descriptor = _opened.OpenList(parent, path);
        _root.CloseParent(parent);
        if (descriptor < 0)
        {
            return StorageErrors.OfOpen(-descriptor);
        }

        // OP-TEE takes an empty directory for one that is not there.
        long position = 0;
        byte* records = stackalloc byte[DirectoryReader.BufferSize];
        int found = DirectoryReader.Read(_files, descriptor, ref position, records, hidden: false, out _);
        if (found == 1)
        {
            return Enter(ref request, descriptor, HandleKind.Directory, path);
        }

        _files.Close(descriptor);
        return found == 0 ? TeeResult.ItemNotFound : StorageErrors.Of(-found);
    }

    private TeeResult ReadDirectory(ref RpcRequest request)
    {
        if (!request.HasTypes(TeeParameterType.ValueInput, TeeParameterType.MemoryOutput))
        {
            return TeeResult.BadParameters;
        }

        MemoryReference memory = request.GetMemory(1);
        if (memory.State == MemoryState.OutOfBounds
            || !_opened.TryUse(request.Parameters[0].B, HandleKind.Directory, out OpenFile file))
        {
            return TeeResult.BadParameters;
        }

        TeeResult result = file.Descriptor < 0 ? TeeResult.Generic : ReadEntry(ref request, file, memory.Bytes);
        _opened.Release(file);
        return result;
    }

    private TeeResult ReadEntry(ref RpcRequest request, OpenFile file, Span<byte> target)
    {
        // The descriptor's offset and the position belong together, and two threads may list with one handle.
        lock (_handles)
        {
            byte* records = stackalloc byte[DirectoryReader.BufferSize];
            long position = _handles[file].Position;
            int found = DirectoryReader.Read(
                _files, file.Descriptor, ref position, records, hidden: false, out ReadOnlySpan<byte> name);
            if (found != 1)
            {
                return found == 0 ? TeeResult.ItemNotFound : TeeResult.Generic;
            }

            // The position moves only when the name was delivered.
            request.Parameters[1].B = (ulong)name.Length + 1;
            if (target.Length <= name.Length)
            {
                return TeeResult.ShortBuffer;
            }

            name.CopyTo(target);
            target[name.Length] = 0;
            _handles[file].Position = position;
            return TeeResult.Success;
        }
    }
}
