// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Diagnosis.Reading;

/// <summary>
/// The journal's export format: blocks of fields, separated by empty lines; a field is <c>NAME=value</c>, or
/// <c>NAME</c>, a line end, the length in 8 bytes little-endian, the bytes, a line end.
/// Source: https://systemd.io/JOURNAL_EXPORT_FORMATS/.
/// </summary>
internal sealed class JournalExport(int file, ILogSink sink, bool all)
{
    private readonly JournalFields _fields = new();
    private readonly char[] _header = new char[8];
    private string _binaryName = "";
    private int _headerLength = -1;
    private ulong _binaryLeft;
    private bool _between;

    /// <summary>Whether we are inside such a text.</summary>
    public bool IsActive { get; private set; }

    /// <summary>Whether a line begins an entry.</summary>
    /// <param name="line">A line.</param>
    public static bool Begins(ReadOnlySpan<char> line) =>
        line.StartsWith("__CURSOR=") || line.StartsWith("__REALTIME_TIMESTAMP=");

    /// <summary>Starts with an entry.</summary>
    public void Begin()
    {
        IsActive = true;
        _between = false;
        _fields.Clear();
    }

    /// <summary>Takes what it can of a text of whole lines.</summary>
    /// <param name="text">The text.</param>
    /// <param name="line">Number of the last line that was passed; moved on.</param>
    /// <returns>Characters taken.</returns>
    public int Take(ReadOnlySpan<char> text, ref long line)
    {
        int at = 0;
        while (at < text.Length && IsActive)
        {
            if (_headerLength >= 0 || _binaryLeft > 0)
            {
                at += Binary(text[at..], ref line);
                continue;
            }

            ReadOnlySpan<char> rest = text[at..];
            int end = rest.IndexOf('\n');
            ReadOnlySpan<char> field = end < 0 ? rest : rest[..end];
            if (_between && field.Length > 0 && !Begins(field) && field[0] != '_')
            {
                // Something else follows in the same file.
                IsActive = false;
                break;
            }

            line++;
            at += end < 0 ? rest.Length : end + 1;
            Field(field, line);
        }

        return at;
    }

    /// <summary>Passes on the last entry.</summary>
    public void Flush()
    {
        if (IsActive)
        {
            Finish();
        }
    }

    private void Field(ReadOnlySpan<char> field, long line)
    {
        if (field.Length == 0 || field is "\r")
        {
            Finish();
            return;
        }

        _between = false;
        int equals = field.IndexOf('=');
        if (equals > 0)
        {
            _fields.Set(field[..equals], field[(equals + 1)..], line);
        }
        else
        {
            _binaryName = field.Length <= 64 ? field.ToString() : "";
            _headerLength = 0;
        }
    }

    /// <summary>The length in 8 bytes, then that many bytes and a line end; both may be cut by the end of a chunk.</summary>
    private int Binary(ReadOnlySpan<char> text, ref long line)
    {
        int used = 0;
        if (_headerLength >= 0)
        {
            int count = Math.Min(text.Length, 8 - _headerLength);
            text[..count].CopyTo(_header.AsSpan(_headerLength));
            _headerLength += count;
            used = count;
            line += text[..count].Count('\n');
            if (_headerLength < 8)
            {
                return used;
            }

            _headerLength = -1;
            _binaryLeft = 0;
            for (int at = 7; at >= 0; at--)
            {
                _binaryLeft = (_binaryLeft << 8) | (byte)_header[at];
            }

            // The line end after the data; a length near 2^64 is a lie that ends with the file.
            _binaryLeft = _binaryLeft == ulong.MaxValue ? _binaryLeft : _binaryLeft + 1;
        }

        int length = (int)Math.Min((ulong)(text.Length - used), _binaryLeft);
        ReadOnlySpan<char> data = text.Slice(used, length);
        if (_binaryName.Length > 0)
        {
            _fields.Set(_binaryName, data.TrimEnd('\n'), line + 1);
            _binaryName = "";
        }

        line += data.Count('\n');
        _binaryLeft -= (ulong)length;
        return used + length;
    }

    private void Finish()
    {
        if (_fields.Line > 0 &&
            (all || LineFilter.Matters(_fields.Message) || LineFilter.Matters(_fields.Identifier)))
        {
            _fields.Emit(file, sink);
        }

        _fields.Clear();
        _between = true;
    }
}
