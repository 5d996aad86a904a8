// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Diagnosis.Reading;

/// <summary>The parts of a line, as <see cref="LineParser"/> found them.</summary>
internal ref struct LineParts
{
    /// <summary>When.</summary>
    public LogTime Time { get; set; }

    /// <summary>Who.</summary>
    public LogSource Source { get; set; }

    /// <summary>Name of the program.</summary>
    public ReadOnlySpan<char> Identifier { get; set; }

    /// <summary>What was said.</summary>
    public ReadOnlySpan<char> Message { get; set; }
}
