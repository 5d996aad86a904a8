// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <summary>
/// A file as memory shows it, and every version that a medium may show after the power was cut: each sector and the
/// length on its own, for nothing orders what was not flushed.
/// </summary>
internal sealed class MemoryFile
{
    public const int SectorSize = 512;
    public const int SectorsPerPage = 8;

    private static readonly byte[] Zeros = new byte[SectorSize];
    private static readonly (int Event, byte[] Content)[] Nothing = [];
    private readonly List<Sector> _sectors = [];
    private readonly List<(int Event, long Length)> _lengths = [];
    private long _durableLength;
    private int _events;

    public MemoryFile(ulong inode) => Inode = inode;

    public ulong Inode { get; }

    public long Length { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        _events++;
        for (int done = 0; done < bytes.Length;)
        {
            int index = (int)((offset + done) / SectorSize);
            int start = (int)((offset + done) % SectorSize);
            int count = Math.Min(SectorSize - start, bytes.Length - done);
            Sector sector = SectorAt(index);
            byte[] content = [.. sector.Current];
            bytes.Slice(done, count).CopyTo(content.AsSpan(start));
            sector.Add(_events, content);
            UnstickPage(index);
            done += count;
        }

        if (offset + bytes.Length > Length)
        {
            SetLength(offset + bytes.Length);
        }
    }

    public int Read(Span<byte> target, long offset)
    {
        int length = (int)Math.Clamp(Length - offset, 0, target.Length);
        for (int done = 0; done < length;)
        {
            int index = (int)((offset + done) / SectorSize);
            int start = (int)((offset + done) % SectorSize);
            int count = Math.Min(SectorSize - start, length - done);
            byte[] content = index < _sectors.Count ? _sectors[index].Current : Zeros;
            content.AsSpan(start, count).CopyTo(target[done..]);
            done += count;
        }

        return length;
    }

    public void Truncate(long length)
    {
        _events++;
        for (int index = (int)(length / SectorSize); index < _sectors.Count; index++)
        {
            int keep = (int)Math.Max(0, length - ((long)index * SectorSize));
            byte[] content = new byte[SectorSize];
            _sectors[index].Current.AsSpan(0, Math.Min(keep, SectorSize)).CopyTo(content);
            _sectors[index].Add(_events, content);
        }

        SetLength(length);
    }

    /// <summary>fdatasync: what was written is on the medium, except pages whose writing failed earlier.</summary>
    public void Flush() => FlushRange(0, long.MaxValue);

    /// <summary>What O_DSYNC does for one write: its range, and the length.</summary>
    public void FlushRange(long offset, long length)
    {
        int first = (int)(offset / SectorSize);
        int last = length == long.MaxValue ? _sectors.Count - 1 : (int)((offset + length - 1) / SectorSize);
        for (int index = first; index <= last && index < _sectors.Count; index++)
        {
            Sector sector = _sectors[index];
            if (!sector.IsStuck && sector.Pending.Count > 0)
            {
                sector.Flush();
            }
        }

        _durableLength = Length;
        _lengths.Clear();
    }

    /// <summary>
    /// A flush failed: the kernel takes the pages for written all the same, and never tries again (fsync(2)).
    /// </summary>
    public void FailFlush()
    {
        foreach (Sector sector in _sectors)
        {
            sector.IsStuck |= sector.Pending.Count > 0;
        }
    }

    /// <summary>What a power cut decides: for each entry, how many of its versions there are.</summary>
    /// <param name="torn">Whether each sector is decided on its own, or each page of 4 KiB.</param>
    public IEnumerable<FileChoice> GetChoices(bool torn)
    {
        int step = torn ? 1 : SectorsPerPage;
        for (int first = 0; first < _sectors.Count; first += step)
        {
            if (!IsPending(first, step))
            {
                continue;
            }

            int[] events = [.. _sectors.Skip(first).Take(step)
                .SelectMany(sector => sector.Pending.Select(version => version.Event)).Distinct().Order()];
            yield return new FileChoice(this, first, step, [0, .. events]);
        }

        if (_lengths.Count > 0)
        {
            int[] events = [0, .. _lengths.Select(version => version.Event)];
            yield return new FileChoice(this, FileChoice.IsLength, 0, events);
        }
    }

    /// <summary>The durable part alone.</summary>
    public MemoryFile ToDurable()
    {
        MemoryFile file = new(Inode) { _durableLength = _durableLength, Length = _durableLength };
        foreach (Sector sector in _sectors)
        {
            file._sectors.Add(new Sector { Durable = sector.Durable });
        }

        return file;
    }

    /// <summary>Puts one choice of <paramref name="source"/> into this durable copy of it.</summary>
    public void Apply(MemoryFile source, FileChoice choice, int version)
    {
        int until = choice.Events[version];
        if (choice.First == FileChoice.IsLength)
        {
            Length = source._durableLength;
            foreach ((int number, long length) in source._lengths)
            {
                Length = number <= until ? length : Length;
            }

            _durableLength = Length;
            return;
        }

        for (int index = choice.First; index < choice.First + choice.Count && index < _sectors.Count; index++)
        {
            Sector from = source._sectors[index];
            foreach ((int number, byte[] content) in from.Pending)
            {
                _sectors[index].Durable = number <= until ? content : _sectors[index].Durable;
            }
        }
    }

    private bool IsPending(int first, int count)
    {
        bool pending = false;
        for (int index = first; index < first + count && index < _sectors.Count; index++)
        {
            pending |= _sectors[index].Pending.Count > 0;
        }

        return pending;
    }

    private void SetLength(long length)
    {
        Length = length;
        _lengths.Add((_events, length));
    }

    private Sector SectorAt(int index)
    {
        while (_sectors.Count <= index)
        {
            _sectors.Add(new Sector());
        }

        return _sectors[index];
    }

    private void UnstickPage(int index)
    {
        int first = index - (index % SectorsPerPage);
        for (int other = first; other < first + SectorsPerPage && other < _sectors.Count; other++)
        {
            _sectors[other].IsStuck = false;
        }
    }

    private sealed class Sector
    {
        private List<(int Event, byte[] Content)>? _pending;

        public byte[] Durable { get; set; } = Zeros;

        public IReadOnlyList<(int Event, byte[] Content)> Pending => _pending is null ? Nothing : _pending;

        public bool IsStuck { get; set; }

        public byte[] Current => _pending is { Count: > 0 } ? _pending[^1].Content : Durable;

        public void Add(int number, byte[] content) => (_pending ??= []).Add((number, content));

        public void Flush()
        {
            Durable = Current;
            _pending = null;
        }
    }
}
