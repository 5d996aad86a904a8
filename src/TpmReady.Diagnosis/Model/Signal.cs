// SPDX-License-Identifier: MIT

using TpmReady.Diagnosis.Reading;

namespace TpmReady.Diagnosis.Model;

/// <summary>One thing that the log tells, with the line that tells it.</summary>
/// <param name="Kind">What.</param>
/// <param name="Subject">Whom it is about: a unit, device, driver, library, function; may be empty.</param>
/// <param name="Code">A result code, if one was given.</param>
/// <param name="Seconds">A duration, if one was given.</param>
/// <param name="File">Index of the file.</param>
/// <param name="Line">Number of the line, from 1.</param>
/// <param name="Time">When.</param>
/// <param name="Phase">In which phase of the boot.</param>
/// <param name="Text">The line.</param>
public sealed record Signal(
    SignalKind Kind,
    string Subject,
    uint? Code,
    double? Seconds,
    int File,
    long Line,
    LogTime Time,
    Phase Phase,
    string Text)
{
    /// <summary>Position among all signals of its boot, in the order of reading.</summary>
    public long Order { get; init; }

    /// <summary>
    /// Whether this came before another: by time when both have it from the kernel's clock, by position in the same file
    /// otherwise. False when it cannot be told.
    /// </summary>
    /// <param name="other">The other.</param>
    public bool IsBefore(Signal other)
    {
        if (File == other.File)
        {
            return Order < other.Order;
        }

        return Time.IsComparable(other.Time) && Time.Seconds < other.Time.Seconds;
    }
}
