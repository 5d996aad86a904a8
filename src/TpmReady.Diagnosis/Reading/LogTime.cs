// SPDX-License-Identifier: MIT

namespace TpmReady.Diagnosis.Reading;

/// <summary>A time stamp in seconds, and the clock that it belongs to.</summary>
/// <param name="Clock">The clock.</param>
/// <param name="Seconds">Seconds on that clock; 0 without a clock.</param>
public readonly record struct LogTime(LogClock Clock, double Seconds)
{
    /// <summary>Whether two stamps can be subtracted.</summary>
    /// <param name="other">The other stamp.</param>
    public bool IsComparable(LogTime other) => Clock != LogClock.None && Clock == other.Clock;
}
