// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Profiling;

/// <summary>
/// GPROF and FTRACE: value in-out (a = the number of the file, 0 for a new one), memory in (the TA's UUID), memory in
/// (data). OP-TEE asks for a new file first and then adds to it.
/// </summary>
/// <param name="kind">Which of the two.</param>
/// <param name="files">Where profiles are kept.</param>
internal sealed class ProfileService(ProfileKind kind, ProfileFiles files) : IRpcService
{
    private const int UuidSize = 16;

    /// <inheritdoc/>
    public RpcFunction Function => kind.Function;

    /// <inheritdoc/>
    public TeeResult Invoke(ref RpcRequest request)
    {
        if (!request.HasTypes(
                TeeParameterType.ValueInOut, TeeParameterType.MemoryInput, TeeParameterType.MemoryInput)
            || request.Parameters[0].A > ProfileName.MaximumNumber)
        {
            return TeeResult.BadParameters;
        }

        MemoryReference uuidMemory = request.GetMemory(1);
        MemoryReference data = request.GetMemory(2);
        if (uuidMemory.Bytes.Length != UuidSize || (!data.IsValid && !(data.IsNull && request.Parameters[2].B == 0)))
        {
            return TeeResult.BadParameters;
        }

        // Not the octets of RFC 9562 as in LOAD_TA, but OP-TEE's TEE_UUID in memory: its numbers are little-endian.
        Guid uuid = new(uuidMemory.Bytes, bigEndian: false);
        int number = (int)request.Parameters[0].A;
        if (number != 0)
        {
            return files.Append(kind, uuid, number, data.Bytes) ? TeeResult.Success : TeeResult.Generic;
        }

        number = files.Create(kind, uuid, data.Bytes);
        request.Parameters[0].A = (ulong)number;
        return number != 0 ? TeeResult.Success : TeeResult.Generic;
    }

    /// <summary>What was written stays: it is what a killed client's TA had done, and is worth looking at.</summary>
    public void Undo(ref RpcRequest request)
    {
    }
}
