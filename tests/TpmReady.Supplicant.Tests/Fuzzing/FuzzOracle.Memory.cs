// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Sockets;
using TpmReady.Supplicant.Storage;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <content>Which bytes a request may change.</content>
internal sealed partial class FuzzOracle
{
    /// <summary>All memory, also what nobody has: nothing may have changed.</summary>
    public void JudgeAllMemory()
    {
        foreach (FuzzMemory? memory in world.Device.Memory)
        {
            JudgeMemory(memory);
        }
    }

    private void JudgeMemory(FuzzExchange request, int first, ReadOnlySpan<FuzzReference> seen)
    {
        for (int i = first; i < request.Count; i++)
        {
            if (seen[i].IsInside && IsThere(seen[i].Memory!))
            {
                ulong written = CountWritable(request, i - first, request.Sent[i], request.Answer[i].B);
                seen[i].Memory!.Accept((long)request.Sent[i].A, (long)written);
            }
        }

        for (int i = first; i < request.Count; i++)
        {
            if (seen[i].Memory is FuzzMemory memory && IsThere(memory))
            {
                JudgeMemory(memory);
            }
        }
    }

    private void JudgeMemory(FuzzMemory? memory)
    {
        int change = memory?.FindChange() ?? -1;
        if (change >= 0)
        {
            world.Faults.Add($"byte {change} of the {memory!.Length} bytes of memory {memory.Id} was changed");
            memory.Accept(0, memory.Length);
        }
    }

    /// <summary>How many bytes of a reference the request may have changed, from its beginning.</summary>
    private static ulong CountWritable(FuzzExchange request, int index, TeeParameter sent, ulong answered)
    {
        if ((TeeParameterType)sent.Attributes is not (TeeParameterType.MemoryOutput or TeeParameterType.MemoryInOut))
        {
            return 0;
        }

        bool succeeded = request.Result == TeeResult.Success;
        switch (request.Function)
        {
            case RpcFunction.Plugin:
                return sent.B;
            case RpcFunction.Rpmb:
                return succeeded ? sent.B : 0;
            case RpcFunction.LoadTrustedApplication:
                return succeeded ? Math.Min(sent.B, answered) : request.Result == TeeResult.ItemNotFound ? sent.B : 0;
            case RpcFunction.Socket:
                return succeeded && index == 1 && request.Operation == (int)SocketOperation.Receive
                    ? Math.Min(sent.B, answered)
                    : 0;
            case RpcFunction.FileSystem:
                // A read that fails halfway has read the first half.
                bool isCut = request.Operation == (int)FileSystemOperation.Read
                    && request.Result is not (TeeResult.Success or TeeResult.BadParameters);
                return isCut ? sent.B : succeeded ? Math.Min(sent.B, answered) : 0;
            default:
                return 0;
        }
    }
}
