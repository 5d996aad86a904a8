// SPDX-License-Identifier: MIT

namespace TpmReady.Readiness.Waiting;

/// <summary>How waiting for the TPM ended; the numbers are exit statuses, and documented.</summary>
public enum GateExit
{
    /// <summary>The TPM answered, or this machine's TPM needs nobody to wait for it.</summary>
    Ready = 0,

    /// <summary>Called wrongly.</summary>
    Usage = 1,

    /// <summary>No TPM will come.</summary>
    CannotCome = 2,

    /// <summary>The time limit passed.</summary>
    TimedOut = 3,

    /// <summary>The TPM is there and does not work.</summary>
    Dead = 4,

    /// <summary>Only a process with more rights could know; only for <see cref="WaitGoal.Use"/>.</summary>
    NotPermitted = 5,
}
