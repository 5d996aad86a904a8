// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Sockets;

/// <summary>
/// The settings of a socket: the protocol (TEE Sockets API 1.0.1, annexes A and B) in the highest byte, then the
/// command: TEE_TCP_* in OP-TEE's __tee_tcpsocket_defines_extensions.h, TEE_UDP_* in tee_udpsocket.h.
/// </summary>
internal enum SocketCommand : ulong
{
    /// <summary>TCP: the size of the kernel's receive buffer, 4 bytes.</summary>
    SetReceiveBuffer = 0x65F00000,

    /// <summary>TCP: the size of the kernel's send buffer, 4 bytes.</summary>
    SetSendBuffer = 0x65F00001,

    /// <summary>UDP: another host, NUL-terminated.</summary>
    ChangeAddress = 0x66000001,

    /// <summary>UDP: another port, 2 bytes.</summary>
    ChangePort = 0x66000002,
}
