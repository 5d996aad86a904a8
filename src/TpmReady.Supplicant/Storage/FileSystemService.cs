// SPDX-License-Identifier: MIT

using System;
using System.Threading;
using TpmReady.Linux.Files;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Storage;

/// <summary>
/// The normal world's file system for the secure world (REE FS). Every commit is durable before it is answered.
/// </summary>
/// <remarks>
/// This file sorts requests and closes; Names opens and creates, Removal removes and renames, Content
/// reads and writes, Directories lists.
/// </remarks>
internal sealed unsafe partial class FileSystemService : IRpcService
{
    private const int MostPauses = 2000;

    private readonly StorageRoot _root;
    private readonly FileHandleTable _handles;
    private readonly OpenedFiles _opened;
    private readonly StorageCommits _commits;
    private readonly IndexGuard _index;
    private readonly IFileOperations _files;
    private readonly ILog _log;

    /// <summary>A service over a storage directory.</summary>
    /// <param name="root">The directory.</param>
    /// <param name="handles">The open files.</param>
    /// <param name="slots">How many arena slots there are.</param>
    /// <param name="files">How files are reached; must wait out transient errors.</param>
    /// <param name="mode">When writes become durable.</param>
    /// <param name="log">Where data at risk is reported.</param>
    public FileSystemService(
        StorageRoot root, FileHandleTable handles, int slots, IFileOperations files, FileSyncMode mode, ILog log)
    {
        _root = root;
        _handles = handles;
        _opened = new OpenedFiles(files, handles, root, mode, log);
        _commits = new StorageCommits(files, handles, root, _opened, mode, log);
        _index = new IndexGuard(files, handles, slots, log);
        _files = files;
        _log = log;
    }

    /// <inheritdoc/>
    public RpcFunction Function => RpcFunction.FileSystem;

    /// <summary>For a successor. Ask and tell while no request is served.</summary>
    public StorageKnowledge Knowledge
    {
        get => _index.Knowledge with { KeepsObjects = _commits.KeepsObjects };
        set
        {
            _index.Knowledge = value;
            _commits.KeepsObjects = value.KeepsObjects;
        }
    }

    /// <inheritdoc/>
    public TeeResult Invoke(ref RpcRequest request)
    {
        // The slot carries a new request, so the previous one has ended, also if nobody said so.
        Delivered(ref request);
        if (request.Parameters.IsEmpty || request.Parameters[0].Attributes != (ulong)TeeParameterType.ValueInput)
        {
            return TeeResult.BadParameters;
        }

        TeeResult result = Perform(ref request);
        if (result != TeeResult.Success)
        {
            // Now: if the client is killed meanwhile, nobody hears of a failed request again.
            ReturnIndex(request.Slot);
        }

        return result;
    }

    /// <inheritdoc/>
    public void Delivered(ref RpcRequest request)
    {
        _handles.Settle(request.Slot);
        _index.Settle(request.Slot);
        if (_commits.Delivered(request.Slot))
        {
            _index.Committed();
        }
    }

    /// <inheritdoc/>
    public void PrepareRepeat(ref RpcRequest request) => _handles.Forget(request.Slot);

    /// <inheritdoc/>
    public void AbortWaits() => (_files as PatientFileOperations)?.StopWaiting();

    /// <inheritdoc/>
    public void Undo(ref RpcRequest request)
    {
        if (request.Parameters.IsEmpty)
        {
            return;
        }

        switch ((FileSystemOperation)request.Parameters[0].A)
        {
            case FileSystemOperation.Open or FileSystemOperation.Create when request.Parameters.Length == 3:
                UndoOpen(ref request, HandleKind.File);
                break;
            case FileSystemOperation.OpenDirectory when request.Parameters.Length == 3:
                UndoOpen(ref request, HandleKind.Directory);
                break;
        }

        UndoIndex(ref request);
        _commits.Undone(request.Slot);
        Delivered(ref request);
    }

    private TeeResult Perform(ref RpcRequest request) =>
        (FileSystemOperation)request.Parameters[0].A switch
        {
            FileSystemOperation.Open => OpenFile(ref request),
            FileSystemOperation.Create => CreateFile(ref request),
            FileSystemOperation.Close => Close(ref request, HandleKind.File),
            FileSystemOperation.Read => Read(ref request),
            FileSystemOperation.Write => Write(ref request),
            FileSystemOperation.Truncate => Truncate(ref request),
            FileSystemOperation.Remove => Remove(ref request),
            FileSystemOperation.Rename => Rename(ref request),
            FileSystemOperation.OpenDirectory => OpenDirectory(ref request),
            FileSystemOperation.CloseDirectory => Close(ref request, HandleKind.Directory),
            FileSystemOperation.ReadDirectory => ReadDirectory(ref request),
            _ => TeeResult.BadParameters,
        };

    /// <summary>A handle that the secure world never learned of: nobody would ever close it.</summary>
    private void UndoOpen(ref RpcRequest request, HandleKind kind)
    {
        if (_handles.TryClose(request.Parameters[2].A, kind, request.Slot, out int descriptor) && descriptor >= 0)
        {
            _files.Close(descriptor);
        }
    }

    /// <summary>A request that moved the index away has failed: the index comes back.</summary>
    private void ReturnIndex(int slot)
    {
        int root = _index.HasMovedFor(slot) ? _root.Open() : -1;
        if (root >= 0)
        {
            _index.Undo(root, slot);
        }
    }

    /// <summary>
    /// To OP-TEE a request that was given up has failed, and after one on the index it asks to remove the index.
    /// </summary>
    private void UndoIndex(ref RpcRequest request)
    {
        if (!_index.HasMovedFor(request.Slot) && !MayConcernIndex(ref request))
        {
            return;
        }

        int root = _root.Open();
        if (root >= 0)
        {
            _index.Undo(root, request.Slot);
        }
    }

    // OP-TEE frees a killed client's buffer and handle while its last request is still served: what can no longer be
    // read may have been about the index.
    private bool MayConcernIndex(ref RpcRequest request)
    {
        switch ((FileSystemOperation)request.Parameters[0].A)
        {
            case FileSystemOperation.Open or FileSystemOperation.Create or FileSystemOperation.Remove:
                byte* buffer = stackalloc byte[StoragePath.BufferSize];
                return request.Parameters.Length > 1
                    && (!TryGetPath(ref request, 1, buffer, out StoragePath path) || IndexGuard.Is(path));
            case FileSystemOperation.Read or FileSystemOperation.Write or FileSystemOperation.Truncate:
                if (!_handles.TryAcquire(request.Parameters[0].B, HandleKind.File, out OpenFile file))
                {
                    return true;
                }

                bool concerns = _handles[file].GetName().SequenceEqual(IndexGuard.Name);
                _opened.Release(file);
                return concerns;
            default:
                return false;
        }
    }

    /// <summary>
    /// Takes the lock on the store when no other request has changed the index without an answer: if its client was
    /// killed, the index becomes what it was at once, and who looked meanwhile would find none, or one that is not
    /// valid, and remove it. Waits some seconds at most.
    /// </summary>
    private void EnterWhenSettled(int slot)
    {
        _commits.Order.Enter();
        for (int pause = 0; pause < MostPauses && (_index.IsMovedByOther(slot) || _commits.IsUnanswered(slot)); pause++)
        {
            _commits.Order.Exit();
            Thread.Sleep(1);
            _commits.Order.Enter();
        }
    }

    private TeeResult Close(ref RpcRequest request, HandleKind kind)
    {
        if (!request.HasTypes(TeeParameterType.ValueInput)
            || !_handles.TryAcquire(request.Parameters[0].B, kind, out OpenFile file))
        {
            return TeeResult.BadParameters;
        }

        _commits.ForgetTruncation();
        int result = _commits.BeforeClose(file);
        _opened.Release(file);
        if (!_handles.TryClose(request.Parameters[0].B, kind, request.Slot, out int descriptor))
        {
            return TeeResult.BadParameters;
        }

        _index.Closed(request.Parameters[0].B);

        if (descriptor >= 0)
        {
            _files.Close(descriptor);
        }

        return result < 0 ? ContentError(-result) : TeeResult.Success;
    }
}
