// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using Microsoft.Win32.SafeHandles;

namespace TpmReady.Board.Disks;

/// <summary>
/// A disk with a volatile write cache: the file has what was flushed, and memory has every write since. A block is written
/// whole or not at all, as on a disk with sectors of 4096 bytes.
/// </summary>
internal sealed class WriteCache(SafeFileHandle medium, bool losesFlushed) : IDisposable
{
    /// <summary>The disk's sector, in bytes.</summary>
    public const int BlockBytes = 4096;

    // Of each block, the writes since the last flush, oldest first.
    private readonly Dictionary<long, List<byte[]>> _unflushed = [];

    /// <summary>The size of the disk, in bytes.</summary>
    public long Bytes { get; } = RandomAccess.GetLength(medium) / BlockBytes * BlockBytes;

    /// <summary>How many flushes there were.</summary>
    public long Flushes { get; private set; }

    /// <summary>How many blocks are newer than on the medium.</summary>
    public int Unflushed => _unflushed.Count;

    /// <summary>Reads whole blocks, the newest write of each.</summary>
    public void Read(long offset, Span<byte> data)
    {
        for (int done = 0; done < data.Length; done += BlockBytes)
        {
            Span<byte> block = data.Slice(done, BlockBytes);
            if (_unflushed.TryGetValue((offset + done) / BlockBytes, out List<byte[]>? writes))
            {
                writes[^1].CopyTo(block);
            }
            else if (RandomAccess.Read(medium, block, offset + done) != BlockBytes)
            {
                throw new EndOfStreamException("the disk's image became shorter");
            }
        }
    }

    /// <summary>Writes whole blocks.</summary>
    /// <param name="offset">Where, in bytes.</param>
    /// <param name="data">What.</param>
    /// <param name="durable">"Force unit access": it reaches the medium before the answer.</param>
    public void Write(long offset, ReadOnlySpan<byte> data, bool durable)
    {
        for (int done = 0; done < data.Length; done += BlockBytes)
        {
            long number = (offset + done) / BlockBytes;
            ReadOnlySpan<byte> block = data.Slice(done, BlockBytes);
            if (durable && !losesFlushed)
            {
                _unflushed.Remove(number);
                RandomAccess.Write(medium, block, offset + done);
                continue;
            }

            if (!_unflushed.TryGetValue(number, out List<byte[]>? writes))
            {
                _unflushed[number] = writes = [];
            }

            writes.Add(block.ToArray());
        }
    }

    /// <summary>Everything written reaches the medium.</summary>
    public void Flush()
    {
        Flushes++;
        if (losesFlushed)
        {
            return;
        }

        foreach ((long number, List<byte[]> writes) in _unflushed)
        {
            RandomAccess.Write(medium, writes[^1], number * BlockBytes);
        }

        _unflushed.Clear();
    }

    /// <summary>The power is cut: the medium gets what survives, and the cache is empty.</summary>
    public CutOutcome Cut(Survival survival, Random random)
    {
        CutOutcome outcome = Settle(medium, survival, random);
        _unflushed.Clear();
        return outcome;
    }

    /// <summary>Leaves the disk as it is, and gives a new file what the medium would have if the power were cut now.</summary>
    public CutOutcome SetAside(string path, Survival survival, Random random)
    {
        using SafeFileHandle copy = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, preallocationSize: 0);
        RandomAccess.SetLength(copy, Bytes);
        byte[] block = new byte[BlockBytes];
        for (long offset = 0; offset < Bytes; offset += BlockBytes)
        {
            // Most of the disk is empty, and stays a hole.
            if (RandomAccess.Read(medium, block, offset) == BlockBytes && block.AsSpan().ContainsAnyExcept((byte)0))
            {
                RandomAccess.Write(copy, block, offset);
            }
        }

        return Settle(copy, survival, random);
    }

    /// <inheritdoc/>
    public void Dispose() => medium.Dispose();

    private CutOutcome Settle(SafeFileHandle target, Survival survival, Random random)
    {
        int reverted = 0;
        int halfway = 0;
        foreach ((long number, List<byte[]> writes) in _unflushed)
        {
            // The number of writes to this block that came before the power went.
            int survived = survival == Survival.Nothing ? 0 : random.Next(writes.Count + 1);
            if (survived == 0)
            {
                reverted++;
                continue;
            }

            halfway += survived < writes.Count ? 1 : 0;
            RandomAccess.Write(target, writes[survived - 1], number * BlockBytes);
        }

        return new CutOutcome(_unflushed.Count, reverted, halfway);
    }
}
