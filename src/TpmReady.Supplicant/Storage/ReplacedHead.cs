// SPDX-License-Identifier: MIT

using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Logging;

namespace TpmReady.Supplicant.Storage;

/// <summary>
/// What the running commit overwrites. If its client was killed, OP-TEE takes the commit for failed and goes on from the
/// state before it, which this brings back.
/// </summary>
internal sealed unsafe class ReplacedHead(IFileOperations files, ILog log)
{
    private readonly byte[] _bytes = new byte[CommitRule.Heads];
    private int _length;
    private long _offset;

    /// <summary>Keeps what a write is about to overwrite, if there is something to go back to.</summary>
    public void Keep(int descriptor, int length, long offset)
    {
        _length = 0;
        if (length > _bytes.Length)
        {
            return;
        }

        fixed (byte* bytes = _bytes)
        {
            bool isKept = FileContent.ReadAll(files, descriptor, bytes, length, offset) == length;
            _length = isKept ? length : 0;
            _offset = offset;
        }
    }

    /// <summary>Whether there is nothing to go back to: the index was just created.</summary>
    public bool IsEmpty => _length == 0;

    /// <summary>Writes back what was kept, durably.</summary>
    /// <returns>Whether the index is as it was before the commit.</returns>
    public bool Restore(int root)
    {
        int descriptor;
        fixed (byte* name = IndexGuard.Name)
        {
            descriptor = files.Open(root, name, Libc.O_RDWR | Libc.O_NOFOLLOW | Libc.O_CLOEXEC, 0);
        }

        if (descriptor < 0)
        {
            Report(descriptor);
            return false;
        }

        int result = Write(descriptor);
        files.Close(descriptor);
        Report(result);
        return result >= 0;
    }

    private int Write(int descriptor)
    {
        fixed (byte* bytes = _bytes)
        {
            nint written = FileContent.WriteAll(files, descriptor, bytes, _length, _offset);
            return written < 0 ? (int)written : files.SyncData(descriptor);
        }
    }

    private void Report(int result)
    {
        if (result < 0)
        {
            log.Write(
                LogLevel.Error,
                "The index dirf.db could not be set back to before a commit whose client was killed: "
                + $"{Errno.Name(-result)}. The commit stays.");
        }
    }
}
