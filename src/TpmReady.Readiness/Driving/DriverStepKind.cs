// SPDX-License-Identifier: MIT

namespace TpmReady.Readiness.Driving;

/// <summary>What to do next about the driver.</summary>
public enum DriverStepKind
{
    /// <summary>Nothing is left to do.</summary>
    Done,

    /// <summary>Look again in a moment.</summary>
    Wait,

    /// <summary>Load a module.</summary>
    LoadModule,

    /// <summary>Write a word into a file of sysfs.</summary>
    Write,

    /// <summary>Give up.</summary>
    Fail,
}
