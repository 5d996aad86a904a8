// SPDX-License-Identifier: MIT

namespace TpmReady.Diagnosis.Model;

/// <summary>How an activity of a unit ended.</summary>
public enum UnitOutcome
{
    /// <summary>The log does not show its end.</summary>
    Open,

    /// <summary>It was done.</summary>
    Done,

    /// <summary>It failed.</summary>
    Failed,

    /// <summary>Its time ran out.</summary>
    Timeout,

    /// <summary>Something that it needs failed.</summary>
    Dependency,
}
