// SPDX-License-Identifier: MIT

namespace TpmReady.Tpm;

/// <summary>
/// A TEE result code (32 bits). Values: GlobalPlatform TEE Internal Core API 1.3, section 3.3.3, and TEE Sockets API 1.0.1,
/// section 4.4.
/// </summary>
public enum TeeResult : uint
{
    /// <summary>The operation succeeded.</summary>
    Success = 0x00000000,

    /// <summary>A trusted storage object is corrupt, and has been removed.</summary>
    CorruptObject = 0xF0100001,

    /// <summary>Trusted storage cannot be reached now.</summary>
    StorageNotAvailable = 0xF0100003,

    /// <summary>Sockets: the peer or the network violated the protocol.</summary>
    SocketProtocol = 0xF1007001,

    /// <summary>Sockets: the peer closed the connection.</summary>
    SocketRemoteClosed = 0xF1007002,

    /// <summary>Sockets: the time limit passed.</summary>
    SocketTimeout = 0xF1007003,

    /// <summary>Sockets: the system has no descriptors or memory left.</summary>
    SocketOutOfResources = 0xF1007004,

    /// <summary>Sockets: the buffer is too large for one datagram.</summary>
    SocketLargeBuffer = 0xF1007005,

    /// <summary>Sockets: a warning of the protocol.</summary>
    SocketWarningProtocol = 0xF1007006,

    /// <summary>Sockets: the host name cannot be resolved.</summary>
    SocketHostname = 0xF1007007,

    /// <summary>Unspecified failure.</summary>
    Generic = 0xFFFF0000,

    /// <summary>Access is denied.</summary>
    AccessDenied = 0xFFFF0001,

    /// <summary>The operation was cancelled.</summary>
    Cancel = 0xFFFF0002,

    /// <summary>Concurrent accesses conflict.</summary>
    AccessConflict = 0xFFFF0003,

    /// <summary>Too much data for the operation.</summary>
    ExcessData = 0xFFFF0004,

    /// <summary>Input data has a wrong format.</summary>
    BadFormat = 0xFFFF0005,

    /// <summary>Input parameters are invalid.</summary>
    BadParameters = 0xFFFF0006,

    /// <summary>The operation is not valid in the current state.</summary>
    BadState = 0xFFFF0007,

    /// <summary>The requested item does not exist.</summary>
    ItemNotFound = 0xFFFF0008,

    /// <summary>The operation exists but is not implemented.</summary>
    NotImplemented = 0xFFFF0009,

    /// <summary>The operation is valid but not supported here.</summary>
    NotSupported = 0xFFFF000A,

    /// <summary>Expected data is missing.</summary>
    NoData = 0xFFFF000B,

    /// <summary>The system ran out of memory.</summary>
    OutOfMemory = 0xFFFF000C,

    /// <summary>The system is busy.</summary>
    Busy = 0xFFFF000D,

    /// <summary>Communication with a remote party failed; from OP-TEE mostly: nobody serves the RPC.</summary>
    Communication = 0xFFFF000E,

    /// <summary>A security fault was detected.</summary>
    Security = 0xFFFF000F,

    /// <summary>The supplied buffer is too short.</summary>
    ShortBuffer = 0xFFFF0010,

    /// <summary>Externally cancelled.</summary>
    ExternalCancel = 0xFFFF0011,

    /// <summary>The TA panicked, or the TEE died.</summary>
    TargetDead = 0xFFFF3024,

    /// <summary>Trusted storage is full.</summary>
    StorageNoSpace = 0xFFFF3041,

    /// <summary>A MAC does not match.</summary>
    MacInvalid = 0xFFFF3071,

    /// <summary>A signature does not match.</summary>
    SignatureInvalid = 0xFFFF3072,
}
