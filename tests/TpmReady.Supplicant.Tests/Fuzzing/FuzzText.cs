// SPDX-License-Identifier: MIT

using System;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Sockets;
using TpmReady.Supplicant.Storage;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>Requests in words.</summary>
internal static class FuzzText
{
    /// <summary>A function and its operation.</summary>
    public static string Command(RpcFunction function, int operation) => function switch
    {
        RpcFunction.FileSystem when Enum.IsDefined((FileSystemOperation)operation) =>
            $"{function} {(FileSystemOperation)operation}",
        RpcFunction.Socket when Enum.IsDefined((SocketOperation)operation) =>
            $"{function} {(SocketOperation)operation}",
        RpcFunction.FileSystem or RpcFunction.Socket => $"{function} with an unknown operation",
        _ when Enum.IsDefined(function) => $"{function}",
        _ => "other functions",
    };
}
