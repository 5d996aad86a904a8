// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Logging;

/// <summary>How much a message matters: the numbers of syslog(3), so that they can be written as they are.</summary>
public enum LogLevel
{
    /// <summary>The highest level in use: data is at risk.</summary>
    Critical = 2,

    /// <summary>Something failed.</summary>
    Error = 3,

    /// <summary>Something is wrong, and was survived.</summary>
    Warning = 4,

    /// <summary>Something that an administrator wants to know.</summary>
    Notice = 5,

    /// <summary>The normal course.</summary>
    Info = 6,

    /// <summary>One line a request.</summary>
    Debug = 7,
}
