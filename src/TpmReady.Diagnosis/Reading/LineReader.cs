// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Diagnosis.Reading;

/// <summary>
/// Makes records of lines: plain logs, consoles, JSON journals, LAVA job logs and pastes in Markdown. Keeps only what
/// spans lines: whether we are inside a fence, and the header of a verbose entry.
/// </summary>
internal sealed class LineReader(int file, ILogSink sink)
{
    private readonly char[] _plain = new char[LogLimits.LineBytes + LogLimits.ChunkBytes];
    private readonly char[] _lower = new char[LogLimits.MessageCharacters];
    private readonly JournalJson _json = new(file, sink);
    private readonly JournalVerbose _verbose = new(file, sink);
    private readonly LavaLog _lava = new();
    private bool _fenced;

    /// <summary>Whether the text is a paste in Markdown: what is outside its fences was written by a person.</summary>
    public bool IsMarkdown { get; set; }

    /// <summary>Whether the format spreads an entry over lines, so that none may be left out.</summary>
    public bool NeedsEveryLine => _verbose.IsActive || _lava.IsActive;

    /// <summary>Takes one line.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="number">Its number, from 1.</param>
    public void Take(ReadOnlySpan<char> line, long number)
    {
        ReadOnlySpan<char> start = line.TrimStart(" \x1E");
        if (IsMarkdown && start.TrimStart("> ").StartsWith("```"))
        {
            _fenced = !_fenced;
            return;
        }

        if (start.Length > 1 && start[0] == '{' && JournalJson.Looks(start))
        {
            _json.Take(start, number);
        }
        else if (_verbose.Take(line, number))
        {
            return;
        }
        else if (_lava.TryUnwrap(line, out ReadOnlySpan<char> target, out LogTime time))
        {
            TakeConsole(target, number, time);
        }
        else
        {
            TakeConsole(line, number, default);
        }
    }

    /// <summary>Passes on what is still held at the end of the file.</summary>
    public void Flush() => _verbose.Flush();

    /// <summary>
    /// A line of a console may hold several: a spinner returns the carriage, the kernel writes into a status line, and the
    /// secure world into both.
    /// </summary>
    private void TakeConsole(ReadOnlySpan<char> line, long number, LogTime arrival)
    {
        ReadOnlySpan<char> rest = line;
        while (rest.Length > 0)
        {
            int end = rest.IndexOf('\r');
            ReadOnlySpan<char> part = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[(end + 1)..];
            if (part.Length > 0)
            {
                TakeTorn(Plain(part), number, arrival);
            }
        }
    }

    private ReadOnlySpan<char> Plain(ReadOnlySpan<char> text)
    {
        if (!ConsoleText.NeedsStrip(text))
        {
            return text;
        }

        int length = ConsoleText.Strip(text, _plain);
        return _plain.AsSpan(0, length);
    }

    private void TakeTorn(ReadOnlySpan<char> text, long number, LogTime arrival)
    {
        ReadOnlySpan<char> rest = text;
        while (rest.Length > 0)
        {
            int cut = TornLine.NextStart(rest);
            ReadOnlySpan<char> part = cut < 0 ? rest : rest[..cut];
            rest = cut < 0 ? default : rest[cut..];
            LineParts parts = LineParser.Parse(part, arrival);
            if (parts.Message.Length == 0)
            {
                continue;
            }

            bool prose = IsMarkdown && !_fenced && parts.Source == LogSource.Other && parts.Time.Clock == LogClock.None;
            LogRecord record = new()
            {
                File = file,
                Line = number,
                Text = part,
                Time = parts.Time,
                Source = prose ? LogSource.Prose : parts.Source,
                Identifier = parts.Identifier,
                Message = parts.Message,
                Lower = LowerCase.Of(parts.Message, _lower),
            };
            sink.Accept(record);
        }
    }
}
