// SPDX-License-Identifier: MIT

namespace TpmReady.Board;

/// <summary>What the board runs as PID 1.</summary>
public enum InitKind
{
    /// <summary>systemd, as Debian installs it.</summary>
    Systemd,

    /// <summary>A shell script that starts udev, the supplicant and the agent: boots in a few seconds.</summary>
    Plain,
}
