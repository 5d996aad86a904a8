// SPDX-License-Identifier: MIT

using TpmReady.Linux.Interop;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Storage;

/// <summary>What the secure world is told of an error number.</summary>
/// <remarks>
/// "Not found" is the dangerous answer: for its index OP-TEE responds by creating an empty one (open_dirh in
/// core/tee/tee_ree_fs.c). So only errors that say that the name does not exist get it.
/// </remarks>
internal static class StorageErrors
{
    /// <summary>The result of an open that failed. A link is never followed, so it counts as absent.</summary>
    public static TeeResult OfOpen(int error) => error switch
    {
        Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP => TeeResult.ItemNotFound,
        _ => Of(error),
    };

    /// <summary>The result of any other call that failed.</summary>
    public static TeeResult Of(int error) => error switch
    {
        Errno.ENOENT => TeeResult.ItemNotFound,
        Errno.ENOSPC or Errno.EDQUOT => TeeResult.StorageNoSpace,
        Errno.EROFS => TeeResult.StorageNotAvailable,

        // A TA may be told this; on results that the API does not list, its library panics it (TEE_OpenPersistentObject
        // in lib/libutee/tee_api_objects.c).
        Errno.EMFILE or Errno.ENFILE or Errno.ENOMEM or Errno.EAGAIN => TeeResult.OutOfMemory,
        _ => TeeResult.Generic,
    };

    /// <summary>
    /// Whether the call may succeed a moment later with nobody changing the files: the secure world must never hear of
    /// such an error as long as waiting helps.
    /// </summary>
    public static bool IsTransient(int error) =>
        error is Errno.EAGAIN or Errno.ENOMEM or Errno.EMFILE or Errno.ENFILE;
}
