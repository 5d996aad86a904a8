// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Tee;
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
            || !_opened.TryUse(request.Parameters[0].B, HandleKind.File, out OpenFile file))
        {
            return TeeResult.BadParameters;
        }

        nint read = file.Descriptor;
        if (read >= 0)
        {
            fixed (byte* buffer = memory.Bytes)
            {
                read = FileContent.ReadAll(
                    _files, file.Descriptor, buffer, memory.Bytes.Length, (long)request.Parameters[0].C);
            }
        }

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
            || !_opened.TryUse(request.Parameters[0].B, HandleKind.File, out OpenFile file))
        {
            return TeeResult.BadParameters;
        }

        nint result = file.Descriptor;
        if (result >= 0)
        {
            fixed (byte* buffer = memory.Bytes)
            {
                result = _commits.Write(
                    file, request.Slot, buffer, memory.Bytes.Length, (long)request.Parameters[0].C);
            }
        }

        EndContent(file, result);
        return result < 0 ? ContentError((int)-result) : TeeResult.Success;
    }

    private TeeResult Truncate(ref RpcRequest request)
    {
        if (!request.HasTypes(TeeParameterType.ValueInput)
            || request.Parameters[0].C > long.MaxValue
            || !_opened.TryUse(request.Parameters[0].B, HandleKind.File, out OpenFile file))
        {
            return TeeResult.BadParameters;
        }

        int result = file.Descriptor < 0
            ? file.Descriptor
            : _commits.Truncate(file, (long)request.Parameters[0].C);
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

    private void EndContent(OpenFile file, nint result)
    {
        if (result < 0)
        {
            _commits.ForgetTruncation();
            if (_handles[file].GetName().SequenceEqual(IndexGuard.Name))
            {
                _index.Failed();
            }
        }

        _opened.Release(file);
    }

    // The handle is known, so whatever is missing, it is not the file's name.
    private static TeeResult ContentError(int error)
    {
        TeeResult result = StorageErrors.Of(error);
        return result == TeeResult.ItemNotFound ? TeeResult.Generic : result;
    }
}
