// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Sockets;
using TpmReady.Supplicant.Storage;
using T = TpmReady.Linux.Tee.TeeParameterType;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>
/// How a request must look, written from OP-TEE's side (core/include/optee_rpc_cmd.h) and not from ours.
/// </summary>
internal static class FuzzView
{
    /// <summary>How many parameters at the front belong to the transport.</summary>
    public static int CountTransport(ReadOnlySpan<TeeParameter> parameters)
    {
        int count = 0;
        while (count < parameters.Length && parameters[count].IsMeta)
        {
            count++;
        }

        return count;
    }

    /// <summary>Whether a parameter of the transport stands where none may.</summary>
    public static bool IsMalformed(ReadOnlySpan<TeeParameter> parameters)
    {
        for (int i = CountTransport(parameters); i < parameters.Length; i++)
        {
            if (parameters[i].IsMeta)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the parameters after the transport's are what this operation takes.</summary>
    public static bool HasShape(RpcFunction function, ReadOnlySpan<TeeParameter> parameters)
    {
        ReadOnlySpan<T> types = GetTypes(function, parameters.IsEmpty ? ulong.MaxValue : parameters[0].A);
        if (types.Length != parameters.Length)
        {
            return false;
        }

        for (int i = 0; i < types.Length; i++)
        {
            if (parameters[i].Attributes != (ulong)types[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a C string in shared memory names a file in the store.</summary>
    public static bool IsName(ReadOnlySpan<byte> memory)
    {
        int end = memory.IndexOf((byte)0);
        if (end is < 0 or > 350)
        {
            return false;
        }

        int components = 0;
        foreach (Range range in memory[..end].Split((byte)'/'))
        {
            ReadOnlySpan<byte> component = memory[..end][range];
            if (component.Length > 255
                || component is [(byte)'.'] or [(byte)'.', (byte)'.']
                || component.IndexOfAnyInRange((byte)0, (byte)31) >= 0
                || component.Contains((byte)127))
            {
                return false;
            }

            components += component.IsEmpty ? 0 : 1;
        }

        return components > 0;
    }

    /// <summary>Which parameters of a request to the file system are names, as bits.</summary>
    public static int NamesOf(ulong operation) => (FileSystemOperation)operation switch
    {
        FileSystemOperation.Open or FileSystemOperation.Create or FileSystemOperation.Remove
            or FileSystemOperation.OpenDirectory => 0b010,
        FileSystemOperation.Rename => 0b110,
        _ => 0,
    };

    private static ReadOnlySpan<T> GetTypes(RpcFunction function, ulong operation) => function switch
    {
        RpcFunction.LoadTrustedApplication => [T.ValueInput, T.MemoryOutput],
        RpcFunction.SharedMemoryAllocate or RpcFunction.SharedMemoryFree => [T.ValueInOut],
        RpcFunction.Rpmb => [T.MemoryInput, T.MemoryOutput],
        RpcFunction.Gprof or RpcFunction.Ftrace => [T.ValueInOut, T.MemoryInput, T.MemoryInput],
        RpcFunction.Plugin => [T.ValueInput, T.ValueInput, T.ValueInOut, T.MemoryInOut],
        RpcFunction.FileSystem => (FileSystemOperation)operation switch
        {
            FileSystemOperation.Open or FileSystemOperation.Create or FileSystemOperation.OpenDirectory =>
                [T.ValueInput, T.MemoryInput, T.ValueOutput],
            FileSystemOperation.Read or FileSystemOperation.ReadDirectory => [T.ValueInput, T.MemoryOutput],
            FileSystemOperation.Write or FileSystemOperation.Remove => [T.ValueInput, T.MemoryInput],
            FileSystemOperation.Rename => [T.ValueInput, T.MemoryInput, T.MemoryInput],
            _ => [T.ValueInput],
        },
        RpcFunction.Socket => (SocketOperation)operation switch
        {
            SocketOperation.Open => [T.ValueInput, T.ValueInput, T.MemoryInput, T.ValueOutput],
            SocketOperation.Send => [T.ValueInput, T.MemoryInput, T.ValueInOut],
            SocketOperation.Receive => [T.ValueInput, T.MemoryOutput, T.ValueInput],
            SocketOperation.Control => [T.ValueInput, T.MemoryInOut, T.ValueInput],
            _ => [T.ValueInput],
        },
        _ => [],
    };
}
