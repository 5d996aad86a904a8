// SPDX-License-Identifier: MIT

using TpmReady.Linux.Files;

namespace TpmReady.Supplicant.Storage;

/// <summary>
/// A truncation that waits until the commit it belongs to is durable and answered: up to then, what it cuts off belongs
/// to the state that is valid, or may become valid again. All of it happens under the lock on the store.
/// </summary>
internal sealed class LateTruncation(IFileOperations files, FileHandleTable handles, OpenedFiles opened)
{
    private ulong _handle;
    private long _length;
    private bool _isCommitted;

    /// <summary>The secure world asks for it.</summary>
    public void Ask(ulong handle, long length)
    {
        _handle = handle;
        _length = length;
        _isCommitted = false;
    }

    /// <summary>
    /// A write that does not commit. Before the commit it may write up to the new end only: otherwise the operation
    /// was given up. After the commit it belongs to the next operation, which came before <see cref="CutOff"/>.
    /// </summary>
    public void BeforeWrite(long end)
    {
        if (_isCommitted || end > _length)
        {
            _handle = 0;
        }
    }

    /// <summary>It does not happen: the file is longer than need be.</summary>
    public void Forget() => _handle = 0;

    /// <summary>The commit is durable.</summary>
    public void Commit() => _isCommitted = true;

    /// <summary>The commit was answered: what it cut off belongs to nobody.</summary>
    public void CutOff()
    {
        if (_handle != 0 && _isCommitted && handles.TryAcquire(_handle, HandleKind.File, out OpenFile file))
        {
            if (file.Descriptor >= 0)
            {
                _ = files.Truncate(file.Descriptor, _length);
            }

            opened.Release(file);
        }

        _handle = _isCommitted ? 0 : _handle;
    }
}
