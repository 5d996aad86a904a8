// SPDX-License-Identifier: MIT

using System;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Waiting;

namespace TpmReady.Cli.Commands;

/// <summary>
/// Exit codes of status and wait, near those of <c>systemctl status</c> (3: not active, 4: no such unit);
/// docs/commands.md tells them to users.
/// </summary>
internal static class TpmExitCodes
{
    /// <summary>The TPM can be used.</summary>
    public const int Usable = 0;

    /// <summary>It is there and does not work.</summary>
    public const int Broken = 1;

    /// <summary>Not usable yet; for wait: time ran out.</summary>
    public const int NotYet = 3;

    /// <summary>There is none, or none that this system can use.</summary>
    public const int Absent = 4;

    /// <summary>Only root can know.</summary>
    public const int NotPermitted = 5;

    /// <summary>The code for a look.</summary>
    public static int Of(Availability availability) => availability switch
    {
        Availability.Usable => Usable,
        Availability.Broken => Broken,
        Availability.MayCome => NotYet,
        Availability.Absent => Absent,
        Availability.NotPermitted => NotPermitted,
        _ => throw new ArgumentOutOfRangeException(nameof(availability)),
    };

    /// <summary>The code for the end of a wait.</summary>
    public static int Of(GateExit exit) => exit switch
    {
        GateExit.Ready => Usable,
        GateExit.Dead => Broken,
        GateExit.TimedOut => NotYet,
        GateExit.CannotCome => Absent,
        GateExit.NotPermitted => NotPermitted,
        _ => throw new ArgumentOutOfRangeException(nameof(exit)),
    };
}
