// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Sockets;

/// <summary>The life of an entry in the table of sockets.</summary>
internal enum SocketState
{
    /// <summary>Nothing is there.</summary>
    Free,

    /// <summary>A request connects it; the secure world does not know it yet.</summary>
    Opening,

    /// <summary>The secure world has its handle.</summary>
    Open,

    /// <summary>The secure world closed it; requests that were in it are leaving.</summary>
    Closing,
}
