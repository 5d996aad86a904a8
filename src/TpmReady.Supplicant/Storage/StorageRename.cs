// SPDX-License-Identifier: MIT

using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;

namespace TpmReady.Supplicant.Storage;

/// <summary>
/// Giving a file another name without replacing anything, also where the file system has no such call.
/// </summary>
internal static unsafe class StorageRename
{
    /// <summary>Renames, or fails with -EEXIST.</summary>
    public static int WithoutReplacing(
        IFileOperations files, int oldDirectory, byte* oldName, int newDirectory, byte* newName)
    {
        int result = files.Rename(oldDirectory, oldName, newDirectory, newName, replace: false);
        if (result is not (-Errno.EINVAL or -Errno.ENOSYS))
        {
            return result;
        }

        // A link refuses an existing name as well; between the two calls the file has both names, and none is lost.
        result = files.Link(oldDirectory, oldName, newDirectory, newName);
        if (result >= 0)
        {
            return files.Unlink(oldDirectory, oldName);
        }

        return result is -Errno.EPERM or -Errno.EOPNOTSUPP
            ? AfterLooking(files, oldDirectory, oldName, newDirectory, newName)
            : result;
    }

    // No hard links, as on FAT. OP-TEE serialises its file system, so nobody creates the name between look and rename.
    private static int AfterLooking(
        IFileOperations files, int oldDirectory, byte* oldName, int newDirectory, byte* newName)
    {
        int found = files.Open(newDirectory, newName, Libc.O_PATH | Libc.O_NOFOLLOW | Libc.O_CLOEXEC, 0);
        if (found >= 0)
        {
            files.Close(found);
            return -Errno.EEXIST;
        }

        return found == -Errno.ENOENT
            ? files.Rename(oldDirectory, oldName, newDirectory, newName, replace: true)
            : found;
    }
}
