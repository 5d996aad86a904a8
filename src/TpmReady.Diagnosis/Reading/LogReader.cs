// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Text;

namespace TpmReady.Diagnosis.Reading;

/// <summary>
/// Reads one file of any format and passes on what can matter, in constant memory. Bytes are taken as Latin-1 characters,
/// so nothing can fail to decode; <see cref="EvidenceText"/> makes UTF-8 of them again where a person reads them.
/// </summary>
public sealed class LogReader
{
    private readonly ILogSink _sink;
    private readonly bool _all;
    private readonly byte[] _bytes = new byte[LogLimits.ChunkBytes + LogLimits.LineBytes];
    private readonly char[] _chars = new char[LogLimits.ChunkBytes + LogLimits.LineBytes];
    private readonly LineReader _lines;
    private readonly JournalExport _export;
    private long _line;
    private long _position;

    /// <summary>Makes a reader for one file.</summary>
    /// <param name="file">Index of the file, for the records.</param>
    /// <param name="sink">Where the records go.</param>
    /// <param name="all">Whether to pass on every line, as a plot needs it, and not only those about the TPM.</param>
    public LogReader(int file, ILogSink sink, bool all = false)
    {
        ArgumentNullException.ThrowIfNull(sink);
        _sink = sink;
        _all = all;
        _lines = new LineReader(file, sink);
        _export = new JournalExport(file, sink, all);
    }

    /// <summary>Called with the number of bytes read so far, after each chunk.</summary>
    public Action<long>? Progress { get; set; }

    /// <summary>Lines read so far.</summary>
    public long Lines => _line;

    /// <summary>Bytes read so far, decompressed.</summary>
    public long Bytes => _position;

    /// <summary>Reads to the end.</summary>
    /// <param name="text">The text, decompressed.</param>
    /// <exception cref="IOException">The stream failed. What was read until then has been passed on.</exception>
    public void Read(Stream text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int held = 0;
        bool first = true;
        while (true)
        {
            int read = text.ReadAtLeast(_bytes.AsSpan(held, LogLimits.ChunkBytes), LogLimits.ChunkBytes, false);
            held += read;
            _position += read;
            bool end = read < LogLimits.ChunkBytes;
            int whole = end ? held : _bytes.AsSpan(0, held).LastIndexOf((byte)'\n') + 1;
            if (whole < held - LogLimits.LineBytes)
            {
                // A line longer than we look at: take what is there as a line.
                whole = held;
            }

            Encoding.Latin1.GetChars(_bytes.AsSpan(0, whole), _chars);
            if (first)
            {
                _lines.IsMarkdown = LooksLikeMarkdown(_chars.AsSpan(0, whole));
                first = false;
            }

            Take(_bytes.AsSpan(0, whole), _chars.AsSpan(0, whole));
            _bytes.AsSpan(whole, held - whole).CopyTo(_bytes);
            held -= whole;
            Progress?.Invoke(_position);
            if (end)
            {
                break;
            }
        }

        _export.Flush();
        _lines.Flush();
    }

    private static bool LooksLikeMarkdown(ReadOnlySpan<char> text) =>
        text.StartsWith("```") || text.IndexOf("\n```") >= 0 || text.IndexOf("\n> ```") >= 0;

    /// <summary>Takes whole lines, as bytes to search in and as characters to look at.</summary>
    private void Take(ReadOnlySpan<byte> bytes, ReadOnlySpan<char> text)
    {
        int at = 0;
        while (at < text.Length)
        {
            if (_export.IsActive)
            {
                at += _export.Take(text[at..], ref _line);
                continue;
            }

            int from = at;
            if (!_all && !_lines.NeedsEveryLine)
            {
                int hit = LineFilter.IndexOf(bytes[at..]);
                if (hit < 0)
                {
                    _line += bytes[at..].Count((byte)'\n');
                    return;
                }

                from = bytes[at..(at + hit)].LastIndexOf((byte)'\n') + 1 + at;
                _line += bytes[at..from].Count((byte)'\n');
            }

            int length = text[from..].IndexOf('\n');
            ReadOnlySpan<char> line = length < 0 ? text[from..] : text.Slice(from, length);
            if (JournalExport.Begins(line))
            {
                at = from;
                _export.Begin();
                continue;
            }

            _line++;
            _lines.Take(line, _line);
            at = length < 0 ? text.Length : from + length + 1;
        }
    }
}
