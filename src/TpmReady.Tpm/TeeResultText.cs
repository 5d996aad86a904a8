// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Tpm;

/// <summary>
/// Names of TEE result codes and what they mean when they come from an fTPM or its supplicant. The meanings are those of
/// OP-TEE and of the Linux driver: the same number often says something else than its name.
/// </summary>
public static class TeeResultText
{
    /// <summary>The name that the GlobalPlatform specification gives the code, or null for an unknown code.</summary>
    /// <param name="code">The code, 32 bits.</param>
    public static string? Name(uint code) => (TeeResult)code switch
    {
        TeeResult.Success => "TEE_SUCCESS",
        TeeResult.CorruptObject => "TEE_ERROR_CORRUPT_OBJECT",
        TeeResult.StorageNotAvailable => "TEE_ERROR_STORAGE_NOT_AVAILABLE",
        TeeResult.SocketProtocol => "TEE_ISOCKET_ERROR_PROTOCOL",
        TeeResult.SocketRemoteClosed => "TEE_ISOCKET_ERROR_REMOTE_CLOSED",
        TeeResult.SocketTimeout => "TEE_ISOCKET_ERROR_TIMEOUT",
        TeeResult.SocketOutOfResources => "TEE_ISOCKET_ERROR_OUT_OF_RESOURCES",
        TeeResult.SocketLargeBuffer => "TEE_ISOCKET_ERROR_LARGE_BUFFER",
        TeeResult.SocketWarningProtocol => "TEE_ISOCKET_WARNING_PROTOCOL",
        TeeResult.SocketHostname => "TEE_ISOCKET_ERROR_HOSTNAME",
        TeeResult.Generic => "TEE_ERROR_GENERIC",
        TeeResult.AccessDenied => "TEE_ERROR_ACCESS_DENIED",
        TeeResult.Cancel => "TEE_ERROR_CANCEL",
        TeeResult.AccessConflict => "TEE_ERROR_ACCESS_CONFLICT",
        TeeResult.ExcessData => "TEE_ERROR_EXCESS_DATA",
        TeeResult.BadFormat => "TEE_ERROR_BAD_FORMAT",
        TeeResult.BadParameters => "TEE_ERROR_BAD_PARAMETERS",
        TeeResult.BadState => "TEE_ERROR_BAD_STATE",
        TeeResult.ItemNotFound => "TEE_ERROR_ITEM_NOT_FOUND",
        TeeResult.NotImplemented => "TEE_ERROR_NOT_IMPLEMENTED",
        TeeResult.NotSupported => "TEE_ERROR_NOT_SUPPORTED",
        TeeResult.NoData => "TEE_ERROR_NO_DATA",
        TeeResult.OutOfMemory => "TEE_ERROR_OUT_OF_MEMORY",
        TeeResult.Busy => "TEE_ERROR_BUSY",
        TeeResult.Communication => "TEE_ERROR_COMMUNICATION",
        TeeResult.Security => "TEE_ERROR_SECURITY",
        TeeResult.ShortBuffer => "TEE_ERROR_SHORT_BUFFER",
        TeeResult.ExternalCancel => "TEE_ERROR_EXTERNAL_CANCEL",
        TeeResult.TargetDead => "TEE_ERROR_TARGET_DEAD",
        TeeResult.StorageNoSpace => "TEE_ERROR_STORAGE_NO_SPACE",
        TeeResult.MacInvalid => "TEE_ERROR_MAC_INVALID",
        TeeResult.SignatureInvalid => "TEE_ERROR_SIGNATURE_INVALID",
        _ => null,
    };

    /// <summary>What the code means for a firmware TPM in OP-TEE, one or two sentences; null for an unknown code.</summary>
    /// <param name="code">The code, 32 bits.</param>
    public static string? MeaningHere(uint code) => (TeeResult)code switch
    {
        TeeResult.Success => "It worked.",
        TeeResult.CorruptObject => "A stored object failed its integrity check and was removed.",
        TeeResult.StorageNotAvailable => "Secure storage cannot be reached: no supplicant yet, or the RPMB is not provisioned.",
        TeeResult.Generic => "Unspecified; the secure world's console says more.",
        TeeResult.AccessDenied => "The TA or the secure world refused the caller.",
        TeeResult.AccessConflict => "Somebody else has a session with the fTPM, which allows one.",
        TeeResult.BadParameters =>
            "From SUBMIT_COMMAND: driver and TA disagree on the protocol, or the session id is stale.",
        TeeResult.BadState => "The TA found its storage unusable.",
        TeeResult.ItemNotFound => "The TA, or an object that it stores, was not found.",
        TeeResult.NotSupported => "The other side does not know this request.",
        TeeResult.OutOfMemory =>
            "Mostly not memory: no supplicant answered while the TA was loaded or its storage was opened.",
        TeeResult.Busy => "Another session is open, possibly left by the previous kernel (kexec).",
        TeeResult.Communication => "No supplicant answered the secure world's request.",
        TeeResult.Security => "A security check failed, for the RPMB mostly a key that does not match.",
        TeeResult.TargetDead =>
            "The TA has panicked. Every later command fails the same way; current firmware needs a power cycle.",
        TeeResult.StorageNoSpace => "Secure storage is full.",
        TeeResult.MacInvalid => "A MAC does not match, for the RPMB: its key is not the one that the secure world derives.",
        _ => Name(code) is null ? null : "No special meaning for a firmware TPM.",
    };

    /// <summary>The code of a name such as <c>TEE_ERROR_BUSY</c> (or <c>TEEC_ERROR_BUSY</c>), or null.</summary>
    /// <param name="name">A name in any case.</param>
    public static uint? FromName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string wanted = name.Replace("TEEC_", "TEE_", StringComparison.OrdinalIgnoreCase);
        foreach (TeeResult code in Enum.GetValues<TeeResult>())
        {
            if (string.Equals(Name((uint)code), wanted, StringComparison.OrdinalIgnoreCase))
            {
                return (uint)code;
            }
        }

        return null;
    }
}
