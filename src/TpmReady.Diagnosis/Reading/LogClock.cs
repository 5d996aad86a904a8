// SPDX-License-Identifier: MIT

namespace TpmReady.Diagnosis.Reading;

/// <summary>Which clock a time stamp was read from.</summary>
public enum LogClock
{
    /// <summary>The line has no time stamp.</summary>
    None,

    /// <summary>Seconds since the kernel started.</summary>
    Boot,

    /// <summary>Seconds since 1970-01-01 UTC; with a syslog stamp the year is unknown and 2000 is taken.</summary>
    Wall,
}
