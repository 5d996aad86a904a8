// SPDX-License-Identifier: MIT

namespace TpmReady.Readiness.Decisions;

/// <summary>Whether a TPM can be used, for those who want to use one.</summary>
public enum Availability
{
    /// <summary>It works.</summary>
    Usable,

    /// <summary>Not yet, and waiting may help.</summary>
    MayCome,

    /// <summary>There is none, or none that this root can use.</summary>
    Absent,

    /// <summary>It is there and does not work.</summary>
    Broken,

    /// <summary>Only a process with more rights can know.</summary>
    NotPermitted,
}
