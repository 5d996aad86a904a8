// SPDX-License-Identifier: MIT

using System;
using System.IO;

namespace TpmReady.Diagnosis.Reading;

/// <summary>A stream whose first bytes can be looked at before they are read, as standard input needs it.</summary>
internal sealed class PeekStream : Stream
{
    private readonly Stream _inner;
    private readonly byte[] _start;
    private int _offset;
    private long _position;

    public PeekStream(Stream inner, int count)
    {
        _inner = inner;
        byte[] start = new byte[count];
        int length = inner.ReadAtLeast(start, count, throwOnEndOfStream: false);
        _start = start[..length];
    }

    /// <summary>The first bytes; fewer when the stream is shorter.</summary>
    public ReadOnlySpan<byte> Start => _start;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_offset == _start.Length)
        {
            int read = _inner.Read(buffer);
            _position += read;
            return read;
        }

        int count = Math.Min(buffer.Length, _start.Length - _offset);
        _start.AsSpan(_offset, count).CopyTo(buffer);
        _offset += count;
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
