// SPDX-License-Identifier: MIT

using System;
using System.Threading;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Logging;

namespace TpmReady.Supplicant.Storage;

/// <summary>
/// File operations that wait out a lack of descriptors or memory. A secure world that is told of such an error acts on
/// it: OP-TEE removes its index when it cannot open it (ree_fs_open_primitive in core/tee/tee_ree_fs.c).
/// </summary>
/// <param name="inner">The operations themselves.</param>
/// <param name="limit">How long one operation may wait before its error is passed on.</param>
/// <param name="log">Where waiting is reported.</param>
internal sealed unsafe class PatientFileOperations(IFileOperations inner, TimeSpan limit, ILog log) : IFileOperations
{
    private const int LongestPauseMilliseconds = 100;
    private readonly long _limitMilliseconds = (long)limit.TotalMilliseconds;
    private volatile bool _stopped;
    private long _syncs;

    /// <summary>How often files and directories were made durable, or tried to be.</summary>
    public long Syncs => Interlocked.Read(ref _syncs);

    /// <summary>From now on errors are passed on at once: the program is about to end.</summary>
    public void StopWaiting() => _stopped = true;

    public int Open(int directory, byte* name, int flags, uint mode)
    {
        Patience patience = default;
        int result;
        do
        {
            result = inner.Open(directory, name, flags, mode);
        }
        while (GoesOn(ref patience, result));
        return result;
    }

    public int OpenBeneath(int directory, byte* path, int flags)
    {
        Patience patience = default;
        int result;
        do
        {
            result = inner.OpenBeneath(directory, path, flags);
        }
        while (GoesOn(ref patience, result));
        return result;
    }

    // A second close could hit a descriptor that another thread was given meanwhile.
    public int Close(int descriptor) => inner.Close(descriptor);

    public nint Read(int descriptor, byte* buffer, nuint length, long offset)
    {
        Patience patience = default;
        nint result;
        do
        {
            result = inner.Read(descriptor, buffer, length, offset);
        }
        while (GoesOn(ref patience, result));
        return result;
    }

    public nint Write(int descriptor, byte* buffer, nuint length, long offset)
    {
        Patience patience = default;
        nint result;
        do
        {
            result = inner.Write(descriptor, buffer, length, offset);
        }
        while (GoesOn(ref patience, result));
        return result;
    }

    public int Truncate(int descriptor, long length)
    {
        Patience patience = default;
        int result;
        do
        {
            result = inner.Truncate(descriptor, length);
        }
        while (GoesOn(ref patience, result));
        return result;
    }

    public int GetStatus(int descriptor, out FileStatus status)
    {
        Patience patience = default;
        int result;
        do
        {
            result = inner.GetStatus(descriptor, out status);
        }
        while (GoesOn(ref patience, result));
        return result;
    }

    // A flush that failed is not tried again: the kernel reports an error of writing back once, takes the pages for
    // written, and the next flush would succeed without them (fsync(2)). A signal alone leaves everything as it was.
    public int Sync(int descriptor)
    {
        Interlocked.Increment(ref _syncs);
        int result;
        do
        {
            result = inner.Sync(descriptor);
        }
        while (result == -Errno.EINTR);
        return result;
    }

    public int SyncData(int descriptor)
    {
        Interlocked.Increment(ref _syncs);
        int result;
        do
        {
            result = inner.SyncData(descriptor);
        }
        while (result == -Errno.EINTR);
        return result;
    }

    // Advice may be lost.
    public int AdviseWillNeed(int descriptor) => inner.AdviseWillNeed(descriptor);

    public int Unlink(int directory, byte* name)
    {
        Patience patience = default;
        int result;
        do
        {
            result = inner.Unlink(directory, name);
        }
        while (GoesOn(ref patience, result));
        return result;
    }

    public int RemoveDirectory(int directory, byte* name)
    {
        Patience patience = default;
        int result;
        do
        {
            result = inner.RemoveDirectory(directory, name);
        }
        while (GoesOn(ref patience, result));
        return result;
    }

    public int Rename(int oldDirectory, byte* oldName, int newDirectory, byte* newName, bool replace)
    {
        Patience patience = default;
        int result;
        do
        {
            result = inner.Rename(oldDirectory, oldName, newDirectory, newName, replace);
        }
        while (GoesOn(ref patience, result));
        return result;
    }

    public int Link(int oldDirectory, byte* oldName, int newDirectory, byte* newName)
    {
        Patience patience = default;
        int result;
        do
        {
            result = inner.Link(oldDirectory, oldName, newDirectory, newName);
        }
        while (GoesOn(ref patience, result));
        return result;
    }

    public int MakeDirectory(int directory, byte* name, uint mode)
    {
        Patience patience = default;
        int result;
        do
        {
            result = inner.MakeDirectory(directory, name, mode);
        }
        while (GoesOn(ref patience, result));
        return result;
    }

    public nint ReadDirectory(int descriptor, long position, byte* buffer, nuint length)
    {
        Patience patience = default;
        nint result;
        do
        {
            result = inner.ReadDirectory(descriptor, position, buffer, length);
        }
        while (GoesOn(ref patience, result));
        return result;
    }

    /// <summary>Whether to try again after this result; pauses before it says yes.</summary>
    private bool GoesOn(ref Patience patience, nint result)
    {
        if (result >= 0)
        {
            return false;
        }

        int error = (int)-result;
        if (error == Errno.EINTR)
        {
            return true;
        }

        if (!StorageErrors.IsTransient(error) || _stopped)
        {
            return false;
        }

        long now = Environment.TickCount64;
        if (patience.PauseMilliseconds == 0)
        {
            patience = new Patience { Since = now, PauseMilliseconds = 1 };
            log.Write(LogLevel.Warning, $"A file operation waits, because the system said {Errno.Name(error)}.");
        }

        if (now - patience.Since >= _limitMilliseconds)
        {
            log.Write(
                LogLevel.Critical,
                $"A file operation failed with {Errno.Name(error)} for {limit.TotalSeconds:0} s. Raise the limit of "
                + "open files or free memory: OP-TEE may refuse storage until then.");
            return false;
        }

        Thread.Sleep(patience.PauseMilliseconds);
        patience.PauseMilliseconds = Math.Min(patience.PauseMilliseconds * 2, LongestPauseMilliseconds);
        return true;
    }

    private struct Patience
    {
        public long Since;
        public int PauseMilliseconds;
    }
}
