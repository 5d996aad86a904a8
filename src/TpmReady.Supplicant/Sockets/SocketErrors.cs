// SPDX-License-Identifier: MIT

using TpmReady.Linux.Interop;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Sockets;

/// <summary>What a TA is told of an error number.</summary>
internal static class SocketErrors
{
    /// <summary>The result of a socket that could not be made.</summary>
    public static TeeResult OfOpen(int error) =>
        IsLackOfResources(error) ? TeeResult.SocketOutOfResources : TeeResult.Generic;

    /// <summary>The result of a connection that did not come about.</summary>
    public static TeeResult OfConnect(int error) => error switch
    {
        Errno.ETIMEDOUT => TeeResult.SocketTimeout,
        _ when IsLackOfResources(error) => TeeResult.SocketOutOfResources,
        _ => TeeResult.Communication,
    };

    /// <summary>
    /// The result of a send or receive that failed. What is not named here is "bad parameters", as with the C
    /// supplicant.
    /// </summary>
    public static TeeResult OfTransfer(int error) => error switch
    {
        Errno.EPIPE or Errno.ECONNRESET or Errno.ENOTCONN => TeeResult.SocketRemoteClosed,
        Errno.EMSGSIZE => TeeResult.SocketLargeBuffer,
        _ when IsLackOfResources(error) => TeeResult.SocketOutOfResources,
        _ => TeeResult.BadParameters,
    };

    /// <summary>The result of a wait that did not end with the socket being ready.</summary>
    public static TeeResult Of(WaitOutcome outcome) => outcome switch
    {
        WaitOutcome.TimedOut => TeeResult.SocketTimeout,
        WaitOutcome.Closed => TeeResult.SocketRemoteClosed,
        WaitOutcome.TooMany => TeeResult.SocketOutOfResources,
        _ => TeeResult.Generic,
    };

    private static bool IsLackOfResources(int error) =>
        error is Errno.ENOMEM or Errno.ENOBUFS or Errno.EMFILE or Errno.ENFILE;
}
