// SPDX-License-Identifier: MIT

using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Findings;

/// <summary>Looks for one cause. A rule knows the model only: no log format, no other rule.</summary>
public interface IRule
{
    /// <summary>The id of what it looks for.</summary>
    string Id { get; }

    /// <summary>Looks at a boot.</summary>
    /// <param name="boot">The boot.</param>
    /// <returns>The finding, or null when the evidence does not carry it.</returns>
    Finding? Examine(Boot boot);
}
