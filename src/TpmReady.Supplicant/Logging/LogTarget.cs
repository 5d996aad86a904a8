// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Logging;

/// <summary>Where messages are written.</summary>
public enum LogTarget
{
    /// <summary>Standard error; with levels in front when systemd's journal reads it.</summary>
    StandardError,

    /// <summary>systemd's journal, over its socket.</summary>
    Journal,

    /// <summary>The system log, over /dev/log.</summary>
    Syslog,

    /// <summary>The kernel's log, /dev/kmsg: for the time before anything else is there.</summary>
    Kernel,
}
