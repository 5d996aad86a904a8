// SPDX-License-Identifier: MIT

namespace TpmReady.Diagnosis.Findings;

/// <summary>How sure a finding is.</summary>
public enum Confidence
{
    /// <summary>The evidence fits, and something else could show the same.</summary>
    Likely,

    /// <summary>The evidence has no other explanation that we know.</summary>
    Certain,
}
