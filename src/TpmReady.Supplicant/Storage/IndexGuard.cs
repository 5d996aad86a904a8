// SPDX-License-Identifier: MIT

using System;
using System.Buffers;
using System.Buffers.Text;
using System.Threading;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Logging;

namespace TpmReady.Supplicant.Storage;

/// <summary>
/// Keeps <c>dirf.db</c>, the index of the secure world's store. Without it every object is lost, and OP-TEE removes it
/// after *any* failure to open it when nothing else vouches for its content (ree_fs_open_primitive in
/// core/tee/tee_ree_fs.c): a killed client or a missing buffer is enough. So the file is never unlinked and never
/// emptied.
/// </summary>
internal sealed unsafe class IndexGuard
{
    /// <summary>How many copies are kept. When there are so many, removing is refused.</summary>
    public const int MaximumCopies = 16;

    private const int LongestName = 32;

    private static ReadOnlySpan<byte> CopyPrefix => "dirf.db.removed-"u8;

    private static readonly SearchValues<byte> HexadecimalDigits = SearchValues.Create("0123456789abcdef"u8);

    private readonly IFileOperations _files;
    private readonly FileHandleTable _handles;
    private readonly ILog _log;
    private readonly int[] _copyOfSlot;
    private volatile bool _failed;
    private volatile bool _committed;
    private ulong _openHandle;

    /// <summary>A guard over the index in the root of a store.</summary>
    public IndexGuard(IFileOperations files, FileHandleTable handles, int slots, ILog log)
    {
        _files = files;
        _handles = handles;
        _log = log;
        _copyOfSlot = new int[slots];
    }

    /// <summary>The index's name; NUL-terminated, as every UTF-8 literal is.</summary>
    public static ReadOnlySpan<byte> Name => "dirf.db"u8;

    /// <summary>Whether a path is the index.</summary>
    public static bool Is(StoragePath path) => path.Bytes.SequenceEqual(Name);

    /// <summary>The index was opened, or is not there: what it holds is the secure world's to judge again.</summary>
    /// <param name="handle">The handle; 0 if there is no index.</param>
    public void Opened(ulong handle)
    {
        Volatile.Write(ref _openHandle, handle);
        _failed = false;
        _committed &= handle != 0;
    }

    /// <summary>A head of the index was written and answered: the secure world itself has just made it valid.</summary>
    public void Committed() => _committed = true;

    /// <summary>A file was closed.</summary>
    public void Closed(ulong handle) => Interlocked.CompareExchange(ref _openHandle, 0, handle);

    /// <summary>
    /// A request on the index failed on this side: the secure world now thinks badly of a file that may be good.
    /// </summary>
    public void Failed() => _failed = true;

    /// <summary>What is known of the index, without what <see cref="StorageCommits"/> knows.</summary>
    public StorageKnowledge Knowledge
    {
        get => new(_failed, _committed, KeepsObjects: false, Volatile.Read(ref _openHandle));
        set
        {
            _failed = value.IndexFailed;
            _committed = value.IndexCommitted;
            Volatile.Write(ref _openHandle, value.IndexHandle);
        }
    }

    /// <summary>Whether the request in a slot moved the index away and was not answered yet.</summary>
    public bool HasMovedFor(int slot) => Volatile.Read(ref _copyOfSlot[slot]) != 0;

    /// <summary>Whether another request than the one in a slot moved the index away and was not answered yet.</summary>
    public bool IsMovedByOther(int slot)
    {
        for (int other = 0; other < _copyOfSlot.Length; other++)
        {
            if (other != slot && HasMovedFor(other))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The request in a slot was answered: what it moved away stays away.</summary>
    public void Settle(int slot)
    {
        int copy = Volatile.Read(ref _copyOfSlot[slot]);
        if (copy == 0)
        {
            return;
        }

        Volatile.Write(ref _copyOfSlot[slot], 0);
        _log.Write(
            LogLevel.Critical,
            "The secure world gave up the index dirf.db of its store, so that all its objects are lost to it. The "
            + $"index is kept as dirf.db.removed-{copy}: to get them back, stop everything that uses the TEE, rename "
            + "it to dirf.db, reboot.");
    }

    /// <summary>The secure world wants the index gone: it is renamed, or stays where this side is to blame.</summary>
    /// <returns>0 or a negative error number.</returns>
    public int Remove(int root, int slot)
    {
        if (_failed)
        {
            _log.Write(
                LogLevel.Critical,
                "The secure world asked to remove its index dirf.db after a request on it had failed here. Refused: "
                + "the file may be good. Storage works again when the cause is gone.");
            return -Errno.EIO;
        }

        if (Volatile.Read(ref _openHandle) != 0)
        {
            // ree_fs_open_primitive closes before it removes, but a killed client's requests arrive only by chance.
            _log.Write(
                LogLevel.Warning,
                "A request to remove the index dirf.db, which is still open, was refused: its client was killed.");
            return -Errno.EBUSY;
        }

        if (_committed)
        {
            // A killed client's requests fail in the kernel, unseen here (optee_supp_thrd_req), and after a failed read
            // OP-TEE takes the index for corrupt. What it wrote itself since the start is not.
            _log.Write(
                LogLevel.Error,
                "A request to remove the index dirf.db, which was written and acknowledged since the start, was refused: "
                + "its client was killed. If the store stays unusable, restart the supplicant: it will then obey.");
            return -Errno.EIO;
        }

        int result = MoveAway(root, slot);
        switch (result)
        {
            case -Errno.EEXIST:
                _log.Write(
                    LogLevel.Critical,
                    $"The secure world asked to remove its index dirf.db, and {MaximumCopies} earlier copies are kept "
                    + "already. Refused: move the files dirf.db.removed-* elsewhere.");
                return result;
            default:
                return Math.Min(result, 0);
        }
    }

    /// <summary>The index is about to be created: an existing one is renamed first.</summary>
    /// <returns>0 or a negative error number.</returns>
    public int BeforeCreate(int root, int slot)
    {
        fixed (byte* name = Name)
        {
            int existing = _files.Open(root, name, Libc.O_PATH | Libc.O_NOFOLLOW | Libc.O_CLOEXEC, 0);
            if (existing == -Errno.ENOENT)
            {
                ReportNewIndex(root);
                return 0;
            }

            if (existing < 0)
            {
                return existing;
            }

            int result = _files.GetStatus(existing, out FileStatus status);
            _files.Close(existing);
            if (result < 0 || !status.IsRegular || status.Size == 0)
            {
                return result;
            }
        }

        return Math.Min(MoveAway(root, slot), 0);
    }

    /// <summary>The index is about to be replaced by another file: a copy of it is renamed first.</summary>
    /// <returns>0 or a negative error number.</returns>
    public int BeforeReplace(int root, int slot)
    {
        int copy = MoveAway(root, slot);
        return copy is > 0 or -Errno.ENOENT ? 0 : copy;
    }

    /// <summary>
    /// The request in a slot failed, or its client is gone before it had its answer: what was moved away comes back.
    /// </summary>
    public void Undo(int root, int slot)
    {
        _failed = true;
        int copy = Volatile.Read(ref _copyOfSlot[slot]);
        if (copy == 0)
        {
            return;
        }

        byte* kept = stackalloc byte[LongestName];
        WriteCopyName(kept, copy);
        int result;
        fixed (byte* name = Name)
        {
            result = StorageRename.WithoutReplacing(_files, root, kept, root, name);
        }

        if (result >= 0)
        {
            _handles.Rename(CopyName(kept), Name);
            _log.Write(LogLevel.Warning, "The index dirf.db is back: the request that moved it away failed, or its client was killed.");
        }
        else
        {
            _log.Write(
                LogLevel.Critical,
                $"The index stays as dirf.db.removed-{copy}, it could not come back: {Errno.Name(-result)}.");
        }

        // Only now: who wants to open the index waits for this.
        Volatile.Write(ref _copyOfSlot[slot], 0);
    }

    /// <summary>Renames the index to the first free name.</summary>
    /// <returns>The copy's number, or a negative error number: -EEXIST when there are too many.</returns>
    private int MoveAway(int root, int slot)
    {
        byte* kept = stackalloc byte[LongestName];
        for (int copy = 1; copy <= MaximumCopies; copy++)
        {
            WriteCopyName(kept, copy);
            int result;
            fixed (byte* name = Name)
            {
                result = StorageRename.WithoutReplacing(_files, root, name, root, kept);
            }

            if (result >= 0)
            {
                _handles.Rename(Name, CopyName(kept));
                _committed = false;
                Volatile.Write(ref _copyOfSlot[slot], copy);
                return copy;
            }

            if (result != -Errno.EEXIST)
            {
                return result;
            }
        }

        return -Errno.EEXIST;
    }

    /// <summary>A new index beside objects means that an index was lost: that must not pass unseen.</summary>
    private void ReportNewIndex(int root)
    {
        bool empty = true;
        long position = 0;
        byte* buffer = stackalloc byte[DirectoryReader.BufferSize];
        while (empty && DirectoryReader.Read(
            _files, root, ref position, buffer, hidden: false, out ReadOnlySpan<byte> name) == 1)
        {
            empty = !IsObject(name);
        }

        if (empty)
        {
            _log.Write(LogLevel.Notice, "The secure world creates the index dirf.db of a new store.");
        }
        else
        {
            _log.Write(
                LogLevel.Critical,
                "The secure world creates a new index dirf.db although the store holds objects, which are lost to it. "
                + "If a dirf.db.removed-* is there: stop everything that uses the TEE, rename it to dirf.db, reboot.");
        }
    }

    // Objects are named by their hexadecimal number (core/tee/fs_dirfile.c).
    private static bool IsObject(ReadOnlySpan<byte> name) => name.IndexOfAnyExcept(HexadecimalDigits) < 0;

    private static ReadOnlySpan<byte> CopyName(byte* name) =>
        new ReadOnlySpan<byte>(name, LongestName).TrimEnd((byte)0);

    private static void WriteCopyName(byte* target, int copy)
    {
        Span<byte> bytes = new(target, LongestName);
        bytes.Clear();
        CopyPrefix.CopyTo(bytes);
        if (!Utf8Formatter.TryFormat(copy, bytes[CopyPrefix.Length..^1], out int _))
        {
            throw new InvalidOperationException("The name of a copy outgrew its buffer.");
        }
    }
}
