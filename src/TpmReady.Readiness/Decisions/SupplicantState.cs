// SPDX-License-Identifier: MIT

namespace TpmReady.Readiness.Decisions;

/// <summary>How the supplicant is, as far as is known without asking it.</summary>
internal enum SupplicantState
{
    /// <summary>Nobody has its device open, or nobody looked.</summary>
    Absent,

    /// <summary>The device is open, and nobody receives: commands that store wait instead of failing.</summary>
    Paused,

    /// <summary>A process receives requests.</summary>
    Serving,
}
