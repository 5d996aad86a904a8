// SPDX-License-Identifier: MIT

using System;
using System.Threading;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Storage;

namespace TpmReady.Supplicant.Rpmb.Emulation;

/// <summary>Opens, checks and creates the file. A file that is not right is left as it is.</summary>
internal sealed unsafe partial class EmulationFile
{
    private const uint FileMode = 0x180; // 0600
    private const int LongestPauseMilliseconds = 100;

    private static readonly int FileFlags = Libc.O_RDWR | Libc.O_NOFOLLOW | Libc.O_NONBLOCK | Libc.O_CLOEXEC;

    private string? _reported;

    /// <summary>Sees to it that the file is open and its state in memory; a missing file is created.</summary>
    /// <returns>False if that is not possible now; the next call tries again.</returns>
    public bool TryOpen()
    {
        if (_descriptor >= 0)
        {
            return true;
        }

        string? problem = Open();
        if (problem is null)
        {
            _reported = null;
            return true;
        }

        Close();
        if (!string.Equals(_reported, problem, StringComparison.Ordinal))
        {
            _reported = problem;
            _log.Write(LogLevel.Critical, $"The emulated RPMB {_path} is not served: {problem}.");
        }

        return false;
    }

    private string? Open()
    {
        int directory = _directory.Open();
        if (directory < 0)
        {
            return $"its directory cannot be opened ({Errno.Name(-directory)})";
        }

        _descriptor = OpenFile(directory, _name, FileFlags);
        if (_descriptor == -Errno.ENOENT)
        {
            return Create(directory);
        }

        if (_descriptor < 0)
        {
            return _descriptor == -Errno.ELOOP
                ? "it is a symbolic link, which is not followed"
                : $"it cannot be opened ({Errno.Name(-_descriptor)})";
        }

        string? problem = Lock(_descriptor) ? Load() : "another process has it";
        if (problem is null)
        {
            _log.Write(
                LogLevel.Warning,
                $"RPMB is EMULATED in {_path} ({Current.Counter} writes so far): it protects nothing from who can "
                + "write this file.");
        }

        return problem;
    }

    /// <summary>Reads and checks everything, then finishes what a power cut left unfinished.</summary>
    private string? Load()
    {
        int result = _files.GetStatus(_descriptor, out FileStatus status);
        if (result < 0)
        {
            return $"it cannot be looked at ({Errno.Name(-result)})";
        }

        const string advice = "it is left as it is; restore it, or move it away to begin with an empty RPMB";
        if (!status.IsRegular || status.Size != EmulationLayout.FileSize)
        {
            return $"it is no file of an emulated RPMB ({advice})";
        }

        result = Read(out string? damage);
        damage ??= result < 0 ? null : Check();
        if (damage is not null)
        {
            return $"{damage} ({advice})";
        }

        result = result < 0 ? result : Finish();
        return result < 0 ? $"it cannot be read or written ({Errno.Name(-result)})" : null;
    }

    private int Read(out string? damage)
    {
        Span<byte> header = stackalloc byte[EmulationLayout.HeaderSize];
        int result = Read(header, 0);
        damage = result < 0 ? null : EmulationLayout.CheckHeader(header);
        for (ulong slot = 0; slot < 2 && result >= 0; slot++)
        {
            Span<byte> record = new(
                _records + (slot * EmulationRecord.MaximumSize), EmulationRecord.MaximumSize);
            result = Read(record, EmulationLayout.RecordOffset(slot));
        }

        return result < 0
            ? result
            : Read(new Span<byte>(_blocks, EmulationLayout.BlocksSize), EmulationLayout.BlocksOffset);
    }

    /// <summary>Checks records and blocks, and takes the state from them.</summary>
    /// <returns>What is wrong, or null.</returns>
    private string? Check()
    {
        EmulationRecord even = Record(0);
        EmulationRecord odd = Record(1);
        bool hasEven = even.IsSealed && (even.Sequence & 1) == 0 && even.Sequence > 0;
        bool hasOdd = odd.IsSealed && (odd.Sequence & 1) == 1;
        if (!hasEven && !hasOdd)
        {
            return "it is damaged: none of its two records is whole";
        }

        if (hasEven && hasOdd && Math.Max(even.Sequence, odd.Sequence) - Math.Min(even.Sequence, odd.Sequence) != 1)
        {
            return "it is damaged: its two records do not follow each other";
        }

        _sequence = Math.Max(hasEven ? even.Sequence : 0, hasOdd ? odd.Sequence : 0);
        if (!(hasEven && hasOdd))
        {
            // The other one was torn, or never written. Nothing of it may be finished.
            Next.SetRange(0, 0);
        }

        for (int i = 0; i < EmulationLayout.BlockCount; i++)
        {
            EmulationBlock block = Block(i);
            bool isSealed = block.IsSealed(i);
            if (isSealed && block.Sequence > _sequence)
            {
                // Blocks are written after their record was durable, so it was no power cut that took the record away.
                return "it is damaged: its newest record is gone";
            }

            if (!isSealed && !IsIn(Current, i) && !IsIn(Next, i))
            {
                return FormattableString.Invariant($"it is damaged: block {i} is not what was written");
            }
        }

        return null;
    }

    /// <summary>
    /// Puts the blocks of both records in their places once more: a power cut may have come before they were there.
    /// </summary>
    private int Finish()
    {
        // The older one first; its place is that of the next one.
        TakeBlocks(Next);
        TakeBlocks(Current);
        int result = WriteBlocks(Next);
        result = result < 0 ? result : WriteBlocks(Current);
        return result < 0 ? result : _files.SyncData(_descriptor);
    }

    private static bool IsIn(EmulationRecord record, int block) =>
        block >= record.Address && block < record.Address + record.Count;

    /// <summary>
    /// Makes an empty RPMB under another name, and gives it its name when it is whole and durable. The directory is
    /// locked meanwhile, so only a leftover of a power cut can have that other name.
    /// </summary>
    private string? Create(int directory)
    {
        if (!Lock(directory))
        {
            return "another process holds its directory";
        }

        int result;
        fixed (byte* name = _name, newName = _newName)
        {
            result = _files.Unlink(directory, newName);
            result = result == -Errno.ENOENT ? 0 : result;
            if (result >= 0)
            {
                result = OpenFile(directory, _newName, FileFlags | Libc.O_CREAT | Libc.O_EXCL);
                _descriptor = result;
            }

            result = result < 0 ? result : Lock(_descriptor) ? 0 : -Errno.EBUSY;
            result = result < 0 ? result : WriteEmpty();
            result = result < 0 ? result : _files.Sync(_descriptor);
            result = result < 0
                ? result
                : StorageRename.WithoutReplacing(_files, directory, newName, directory, name);
            result = result < 0 ? result : _directory.SyncDirectory(directory);
        }

        _ = Libc.Flock(directory, Libc.LOCK_UN);
        if (result < 0)
        {
            return $"it cannot be created ({Errno.Name(-result)})";
        }

        _log.Write(
            LogLevel.Warning,
            $"RPMB is EMULATED in {_path}, which is new: an empty RPMB without a key. It protects nothing from who can "
            + "write this file.");
        return null;
    }

    private int WriteEmpty()
    {
        _sequence = 0;
        new Span<byte>(_records, 2 * EmulationRecord.MaximumSize).Clear();
        new Span<byte>(_blocks, EmulationLayout.BlocksSize).Clear();
        Prepare().Seal();
        _sequence++;
        for (int i = 0; i < EmulationLayout.BlockCount; i++)
        {
            Block(i).Seal(i, 0);
        }

        Span<byte> header = stackalloc byte[EmulationLayout.HeaderSize];
        EmulationLayout.WriteHeader(header);
        int result = Write(header, 0);
        result = result < 0 ? result : Write(Current.Bytes, EmulationLayout.RecordOffset(_sequence));
        return result < 0
            ? result
            : Write(new ReadOnlySpan<byte>(_blocks, EmulationLayout.BlocksSize), EmulationLayout.BlocksOffset);
    }

    private int OpenFile(int directory, byte[] name, int flags)
    {
        fixed (byte* bytes = name)
        {
            return _files.Open(directory, bytes, flags, FileMode);
        }
    }

    // The predecessor of this process may need a moment to finish.
    private bool Lock(int descriptor)
    {
        long start = Environment.TickCount64;
        int pause = 1;
        while (Libc.Flock(descriptor, Libc.LOCK_EX | Libc.LOCK_NB) < 0)
        {
            int error = Libc.LastError;
            if (error is not (Errno.EAGAIN or Errno.EINTR) || _stopped
                || Environment.TickCount64 - start >= (long)Patience.TotalMilliseconds)
            {
                return false;
            }

            Thread.Sleep(pause);
            pause = Math.Min(pause * 2, LongestPauseMilliseconds);
        }

        return true;
    }

    private int Read(Span<byte> bytes, long offset)
    {
        fixed (byte* start = bytes)
        {
            int done = 0;
            while (done < bytes.Length)
            {
                nint count = _files.Read(_descriptor, start + done, (nuint)(bytes.Length - done), offset + done);
                if (count <= 0)
                {
                    return count < 0 ? (int)count : -Errno.EIO;
                }

                done += (int)count;
            }
        }

        return 0;
    }
}
