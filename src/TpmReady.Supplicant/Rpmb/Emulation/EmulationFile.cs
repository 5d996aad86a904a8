// SPDX-License-Identifier: MIT

using System;
using System.Runtime.InteropServices;
using System.Text;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Storage;

namespace TpmReady.Supplicant.Rpmb.Emulation;

/// <summary>
/// The state of an emulated RPMB in memory and in its file. This part commits changes; Opening opens, checks and
/// creates the file.
/// </summary>
internal sealed unsafe partial class EmulationFile : IDisposable
{
    private readonly string _path;
    private readonly byte[] _name;
    private readonly byte[] _newName;
    private readonly StorageRoot _directory;
    private readonly IFileOperations _files;
    private readonly ILog _log;
    private byte* _records = (byte*)NativeMemory.AllocZeroed(2 * EmulationRecord.MaximumSize);
    private byte* _blocks = (byte*)NativeMemory.AllocZeroed(EmulationLayout.BlocksSize);
    private ulong _sequence;
    private int _descriptor = -1;
    private bool _isSuspect;
    private volatile bool _stopped;

    /// <summary>The file at a path, which is opened with the first use.</summary>
    /// <param name="path">Absolute.</param>
    /// <param name="files">How files are reached; must wait out transient errors.</param>
    /// <param name="log">Where a new, bad or failing file is reported.</param>
    public EmulationFile(string path, IFileOperations files, ILog log)
    {
        _path = path;
        string name = System.IO.Path.GetFileName(path);
        _name = Encoding.UTF8.GetBytes(name + '\0');
        _newName = Encoding.UTF8.GetBytes(name + ".new\0");
        _directory = new StorageRoot(System.IO.Path.GetDirectoryName(path) ?? "/", files, log);
        _files = files;
        _log = log;
    }

    /// <summary>How long to wait for another process that has the file.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The state as it is durable.</summary>
    public EmulationRecord Current => Record(_sequence);

    /// <summary>The state that <see cref="Commit"/> makes durable; make it with <see cref="Prepare"/>.</summary>
    private EmulationRecord Next => Record(_sequence + 1);

    /// <summary>A block's 256 bytes.</summary>
    public ReadOnlySpan<byte> GetBlock(int index) => Block(index).Data;

    /// <summary>A copy of the state to be changed and committed; nobody sees it before.</summary>
    public EmulationRecord Prepare()
    {
        Next.Follow(Current);
        return Next;
    }

    /// <summary>Makes the prepared state durable, and only then current.</summary>
    /// <returns>
    /// 0, or a negative error number. Then the state is as before; after a crash it may be the prepared one.
    /// </returns>
    public int Commit()
    {
        EmulationRecord next = Next;
        next.Seal();

        // After an error the kernel may have dropped pages that it could not write, as if they were clean. The record
        // that holds these blocks is about to be the older one, so they must go out again with this sync.
        int result = _isSuspect ? WriteBlocks(Current) : 0;
        result = result < 0 ? result : Write(next.Bytes, EmulationLayout.RecordOffset(next.Sequence));
        result = result < 0 ? result : _files.SyncData(_descriptor);
        if (result < 0)
        {
            _isSuspect = true;
            return result;
        }

        _sequence++;
        TakeBlocks(Current);
        _isSuspect = WriteBlocks(Current) < 0;
        return 0;
    }

    /// <summary>From now on nothing waits for another process.</summary>
    public void StopWaiting() => _stopped = true;

    /// <summary>Closes the file, which releases its lock.</summary>
    public void Dispose()
    {
        Close();
        NativeMemory.Free(_records);
        NativeMemory.Free(_blocks);
        _records = _blocks = null;
    }

    /// <summary>Closes the file, which releases its lock; <see cref="TryOpen"/> opens and reads it again.</summary>
    public void Close()
    {
        if (_descriptor >= 0)
        {
            _files.Close(_descriptor);
        }

        _descriptor = -1;
        _isSuspect = false;
    }

    private EmulationRecord Record(ulong sequence) => new(
        new Span<byte>(_records + ((sequence & 1) * EmulationRecord.MaximumSize), EmulationRecord.MaximumSize));

    private EmulationBlock Block(int index) =>
        new(new Span<byte>(_blocks + (index * EmulationBlock.Size), EmulationBlock.Size));

    /// <summary>Copies a record's blocks to their places in memory.</summary>
    private void TakeBlocks(EmulationRecord record)
    {
        for (int i = 0; i < record.Count; i++)
        {
            EmulationBlock block = Block(record.Address + i);
            record.Data(i).CopyTo(block.Data);
            block.Seal(record.Address + i, record.Sequence);
        }
    }

    /// <summary>Writes a record's blocks from their places in memory to those in the file.</summary>
    private int WriteBlocks(EmulationRecord record)
    {
        int offset = record.Address * EmulationBlock.Size;
        return Write(
            new ReadOnlySpan<byte>(_blocks + offset, record.Count * EmulationBlock.Size),
            EmulationLayout.BlocksOffset + offset);
    }

    private int Write(ReadOnlySpan<byte> bytes, long offset)
    {
        fixed (byte* start = bytes)
        {
            int done = 0;
            while (done < bytes.Length)
            {
                nint written = _files.Write(_descriptor, start + done, (nuint)(bytes.Length - done), offset + done);
                if (written <= 0)
                {
                    return written < 0 ? (int)written : -Errno.EIO;
                }

                done += (int)written;
            }
        }

        return 0;
    }
}
