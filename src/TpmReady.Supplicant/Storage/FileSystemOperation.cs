// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Storage;

/// <summary>
/// What a file system request asks for, the first value of its first parameter: OPTEE_RPC_FS_* in OP-TEE's
/// core/include/optee_rpc_cmd.h. Rename and the directory operations are used by older OP-TEE versions only.
/// </summary>
internal enum FileSystemOperation : ulong
{
    Open = 0,
    Create = 1,
    Close = 2,
    Read = 3,
    Write = 4,
    Truncate = 5,
    Remove = 6,
    Rename = 7,
    OpenDirectory = 8,
    CloseDirectory = 9,
    ReadDirectory = 10,
}
