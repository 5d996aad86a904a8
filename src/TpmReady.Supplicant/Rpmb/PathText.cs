// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Text;

namespace TpmReady.Supplicant.Rpmb;

/// <summary>A path that is put together in a buffer, without anything on the heap.</summary>
/// <param name="buffer">Room for the path and a NUL.</param>
internal ref struct PathText(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;
    private int _length;
    private bool _overflowed;

    /// <summary>The path with a NUL behind it; empty if it did not fit.</summary>
    public readonly ReadOnlySpan<byte> Terminated
    {
        get
        {
            if (_overflowed || _length == _buffer.Length)
            {
                return default;
            }

            _buffer[_length] = 0;
            return _buffer[..(_length + 1)];
        }
    }

    /// <summary>Adds bytes.</summary>
    public void Append(ReadOnlySpan<byte> text)
    {
        _overflowed |= !text.TryCopyTo(_buffer[_length..]);
        _length += _overflowed ? 0 : text.Length;
    }

    /// <summary>Adds a decimal number.</summary>
    public void Append(int number)
    {
        _overflowed |= !Utf8Formatter.TryFormat(number, _buffer[_length..], out int written);
        _length += written;
    }
}
