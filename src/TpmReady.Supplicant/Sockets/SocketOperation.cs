// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Sockets;

/// <summary>What SOCKET is asked for: OPTEE_RPC_SOCKET_* in OP-TEE's core/include/optee_rpc_cmd.h.</summary>
internal enum SocketOperation : ulong
{
    /// <summary>Open and connect a socket.</summary>
    Open = 0,

    /// <summary>Close one.</summary>
    Close = 1,

    /// <summary>Close all that an instance of a TA has.</summary>
    CloseAll = 2,

    /// <summary>Send.</summary>
    Send = 3,

    /// <summary>Receive.</summary>
    Receive = 4,

    /// <summary>Change a setting.</summary>
    Control = 5,
}
