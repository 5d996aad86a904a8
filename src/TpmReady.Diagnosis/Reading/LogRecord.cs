// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Diagnosis.Reading;

/// <summary>One entry of a log, whatever its format was. Lives only while it is looked at.</summary>
public readonly ref struct LogRecord
{
    /// <summary>Index of the file.</summary>
    public int File { get; init; }

    /// <summary>Number of the line in the (decompressed) file, from 1.</summary>
    public long Line { get; init; }

    /// <summary>When, if the line says so.</summary>
    public LogTime Time { get; init; }

    /// <summary>Who.</summary>
    public LogSource Source { get; init; }

    /// <summary>Name of the program without its process id, or empty.</summary>
    public ReadOnlySpan<char> Identifier { get; init; }

    /// <summary>What was said, without time, host and program.</summary>
    public ReadOnlySpan<char> Message { get; init; }

    /// <summary>The message with ASCII letters in lower case.</summary>
    public ReadOnlySpan<char> Lower { get; init; }

    /// <summary>The line as a person would quote it: without colours and cursor moves.</summary>
    public ReadOnlySpan<char> Text { get; init; }

    /// <summary>The id of the boot, 32 hex digits, if the format carries it.</summary>
    public ReadOnlySpan<char> BootId { get; init; }
}
