// SPDX-License-Identifier: MIT

using System;
using System.Threading;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Logging;

namespace TpmReady.Supplicant.Storage;

/// <summary>
/// Makes writes durable in the order that <see cref="CommitRule"/> asks for: everything before the index's head, then
/// the head, then the answer. And sees to it that a failed or lost commit leaves no state in between.
/// </summary>
/// <remarks>Results are byte counts or descriptors, or negative error numbers.</remarks>
internal sealed unsafe class StorageCommits
{
    private const int Nobody = -1;
    private const int MostPauses = 200;

    private readonly IFileOperations _files;
    private readonly FileHandleTable _handles;
    private readonly StorageRoot _root;
    private readonly OpenedFiles _opened;
    private readonly FileSyncMode _mode;
    private readonly IndexHead _head;
    private readonly ReplacedHead _replaced;
    private readonly LateTruncation _truncation;

    private bool _directoryChanged = true;
    private volatile int _committingSlot = Nobody;
    private bool _wroteHead;
    private volatile bool _keepsObjects;

    /// <summary>Commits of one store.</summary>
    public StorageCommits(
        IFileOperations files,
        FileHandleTable handles,
        StorageRoot root,
        OpenedFiles opened,
        FileSyncMode mode,
        ILog log)
    {
        _files = files;
        _handles = handles;
        _root = root;
        _opened = opened;
        _mode = mode;
        _head = new IndexHead(files, log);
        _replaced = new ReplacedHead(files, log);
        _truncation = new LateTruncation(files, handles, opened);
    }

    /// <summary>
    /// The index was opened: whatever heads are read from it now must be on the medium, for the secure world overwrites
    /// what other heads refer to.
    /// </summary>
    /// <returns>0 or a negative error number; then the index must not be used.</returns>
    public int Settle(int descriptor) => _head.Settle(descriptor);

    /// <summary>
    /// Orders everything that changes the store. OP-TEE has one such request at a time (ree_fs_mutex), but the request
    /// of a killed client may still run when the next one comes: that must not see the index before it ends.
    /// </summary>
    public Lock Order { get; } = new();

    /// <summary>Whether the last commit failed here, so that objects are not removed.</summary>
    public bool KeepsObjects
    {
        get => _keepsObjects;
        set => _keepsObjects = value;
    }

    /// <summary>
    /// Whether another request than the one in a slot wrote a head that was not answered yet. If its client was killed,
    /// the head is taken back: nobody may read it before.
    /// </summary>
    public bool IsUnanswered(int slot)
    {
        int committing = _committingSlot;
        return committing != Nobody && committing != slot;
    }

    /// <summary>Writes all bytes, and makes durable what has to be before the answer.</summary>
    public nint Write(OpenFile file, int slot, byte* buffer, int length, long offset)
    {
        // A killed client's buffer carries OP-TEE's next request while this one still runs. A head that was torn by
        // that would be the newer one, and make the whole store invalid: so it is taken at once, before any waiting.
        byte* taken = stackalloc byte[CommitRule.Heads];
        if (length <= CommitRule.Heads)
        {
            Buffer.MemoryCopy(buffer, taken, CommitRule.Heads, length);
            buffer = taken;
        }

        lock (Order)
        {
            StoredFileKind kind = CommitRule.KindOf(_handles[file].GetName());
            if (CommitRule.Commits(kind, (ulong)offset, length))
            {
                return CommitIndex(file, slot, buffer, length, offset);
            }

            _truncation.BeforeWrite(offset + length);
            nint result = FileContent.WriteAll(_files, file.Descriptor, buffer, length, offset);
            if (result < 0 || _mode == FileSyncMode.Strict)
            {
                return result;
            }

            if (CommitRule.MayWait(_mode, kind))
            {
                _handles.SetUnsynced(file, true);
                return result;
            }

            int synced = _handles[file].NameIsGone != 0 ? 0 : _files.SyncData(file.Descriptor);
            return synced < 0 ? synced : result;
        }
    }

    /// <summary>Truncates, or remembers it for the commit that follows.</summary>
    public int Truncate(OpenFile file, long length)
    {
        lock (Order)
        {
            if (CommitRule.TruncatesAtCommit(CommitRule.KindOf(_handles[file].GetName())))
            {
                _truncation.Ask((ulong)_handles[file].Handle, length);
                return 0;
            }

            // O_DSYNC covers writes only.
            int result = _files.Truncate(file.Descriptor, length);
            return result < 0 ? result : _files.SyncData(file.Descriptor);
        }
    }

    /// <summary>
    /// A file is about to be opened, created or closed, or a request has failed: no operation of OP-TEE has that
    /// between a truncation and its commit, so the operation was given up and what it cut off stays.
    /// </summary>
    public void ForgetTruncation()
    {
        lock (Order)
        {
            _truncation.Forget();
        }
    }

    /// <summary>A name was entered into the root: durable now, or with the next commit.</summary>
    public int NameEntered(int parent, StoredFileKind kind)
    {
        if (CommitRule.MayWait(_mode, kind))
        {
            _directoryChanged = true;
            return 0;
        }

        return _root.SyncDirectory(parent);
    }

    /// <summary>
    /// A name was removed: in commit mode nothing waits for that. The index does not know the file any more, so it is
    /// no matter if it is there again after a power cut.
    /// </summary>
    public int NameRemoved(int parent, StoredFileKind kind) =>
        CommitRule.MayWait(_mode, kind) && kind != StoredFileKind.Index ? 0 : _root.SyncDirectory(parent);

    /// <summary>Makes a file durable that is about to be closed: no commit would find it later.</summary>
    public int BeforeClose(OpenFile file)
    {
        lock (Order)
        {
            if (!_handles.IsUnsynced(file) || file.Descriptor < 0)
            {
                return 0;
            }

            int result = _files.SyncData(file.Descriptor);
            _handles.SetUnsynced(file, false);
            return result;
        }
    }

    /// <summary>
    /// Whether an object may be unlinked now. After a commit that failed or that nobody heard of, OP-TEE removes what
    /// it just created (ree_fs_create), but the index that names it may be the valid one.
    /// </summary>
    public bool MayRemove(StoredFileKind kind)
    {
        if (kind != StoredFileKind.Object)
        {
            return true;
        }

        // An answered commit is known to be answered a moment later.
        for (int pause = 0; _committingSlot != Nobody && pause < MostPauses; pause++)
        {
            Thread.Sleep(pause == 0 ? 0 : 1);
        }

        return _committingSlot == Nobody && !_keepsObjects;
    }

    /// <summary>The request in a slot was answered.</summary>
    /// <returns>Whether it made the index what the secure world wants it to be.</returns>
    public bool Delivered(int slot)
    {
        if (_committingSlot != slot)
        {
            return false;
        }

        lock (Order)
        {
            _truncation.CutOff();
            _committingSlot = Nobody;
            return _wroteHead;
        }
    }

    /// <summary>
    /// The answer of the request in a slot reached nobody: to OP-TEE the commit has failed, and here it has too.
    /// </summary>
    public void Undone(int slot)
    {
        if (_committingSlot != slot)
        {
            return;
        }

        lock (Order)
        {
            _truncation.Forget();
            _keepsObjects = !TryRestore();
            _committingSlot = Nobody;
        }
    }

    private bool TryRestore()
    {
        int root = _replaced.IsEmpty ? -Errno.ENOENT : _root.Open();
        if (root < 0)
        {
            return false;
        }

        _head.Begin();
        bool isRestored = _replaced.Restore(root);
        if (isRestored)
        {
            _head.End();
        }

        return isRestored;
    }

    private nint CommitIndex(OpenFile file, int slot, byte* buffer, int length, long offset)
    {
        nint result = _head.Repair(file.Descriptor);
        result = result < 0 ? result : SyncAll();
        if (result < 0)
        {
            return result;
        }

        _replaced.Keep(file.Descriptor, length, offset);
        _keepsObjects = true;
        _committingSlot = slot;
        _wroteHead = CommitRule.IsHead(length);
        _head.Begin();
        result = FileContent.WriteAll(_files, file.Descriptor, buffer, length, offset);
        int synced = result < 0 || _mode == FileSyncMode.Strict ? 0 : _files.SyncData(file.Descriptor);
        if (result < 0 || synced < 0)
        {
            _committingSlot = Nobody;
            return result < 0 ? result : synced;
        }

        _head.End();
        _keepsObjects = false;
        _truncation.Commit();
        return result;
    }

    /// <summary>Makes everything durable that the next head may refer to.</summary>
    private int SyncAll()
    {
        int from = 0;
        while (_handles.TryAcquireUnsynced(ref from, out OpenFile file))
        {
            int descriptor = file.Descriptor < 0 ? _opened.Reopen(file, HandleKind.File) : file.Descriptor;

            // A file that its name does not lead to any more is nothing that the index could refer to.
            int result = descriptor == -Errno.ESTALE || descriptor == -Errno.ENOENT ? 0
                : descriptor < 0 ? descriptor
                : _files.SyncData(descriptor);
            _handles.SetUnsynced(file, result < 0);
            _opened.Release(file);
            if (result < 0)
            {
                return result;
            }
        }

        if (!_directoryChanged)
        {
            return 0;
        }

        int root = _root.Open();
        int synced = root < 0 ? root : _root.SyncDirectory(root);
        _directoryChanged = synced < 0;
        return synced;
    }
}
