// SPDX-License-Identifier: MIT

using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Logging;

namespace TpmReady.Supplicant.Storage;

/// <summary>
/// Whether the head of the index that memory shows is on the medium. The secure world trusts the newer head and
/// overwrites what the other one refers to: if only memory had the newer one, a power cut would leave neither.
/// </summary>
/// <remarks>Results are 0 or negative error numbers.</remarks>
internal sealed unsafe class IndexHead(IFileOperations files, ILog log)
{
    private State _state = State.Unknown;

    private enum State
    {
        /// <summary>What is in memory is on the medium.</summary>
        Durable,

        /// <summary>A predecessor may have ended between writing a head and flushing it.</summary>
        Unknown,

        /// <summary>Writing failed: memory may show a head that the medium has not.</summary>
        Failed,
    }

    /// <summary>A head is about to be written.</summary>
    public void Begin() => _state = State.Failed;

    /// <summary>The head is durable.</summary>
    public void End() => _state = State.Durable;

    /// <summary>Makes durable what memory shows, unless it is known to be: before the secure world reads it.</summary>
    public int Settle(int descriptor)
    {
        if (_state != State.Unknown)
        {
            return Repair(descriptor);
        }

        int result = files.SyncData(descriptor);
        bool isReadOnly = result is -Errno.EROFS or -Errno.EINVAL;
        _state = result >= 0 || isReadOnly ? State.Durable : State.Failed;
        return isReadOnly ? 0 : result;
    }

    /// <summary>
    /// Makes durable what memory shows after a failed write. The kernel takes pages for written whose writing failed
    /// (fsync(2)): only writing them again makes them durable.
    /// </summary>
    public int Repair(int descriptor)
    {
        if (_state != State.Failed)
        {
            return 0;
        }

        byte* heads = stackalloc byte[CommitRule.Heads];
        nint length = files.Read(descriptor, heads, CommitRule.Heads, 0);
        nint result = length <= 0 ? length : FileContent.WriteAll(files, descriptor, heads, (int)length, 0);
        result = result < 0 ? result : files.SyncData(descriptor);
        if (result < 0)
        {
            return (int)result;
        }

        _state = State.Durable;
        log.Write(LogLevel.Notice, "The index dirf.db could be made durable again after a failed write.");
        return 0;
    }
}
