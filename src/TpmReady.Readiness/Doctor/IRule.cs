// SPDX-License-Identifier: MIT

using System.Collections.Generic;

namespace TpmReady.Readiness.Doctor;

/// <summary>Looks for one kind of problem. Pure: a rule knows the facts only, and no other rule.</summary>
internal interface IRule
{
    /// <summary>Looks.</summary>
    /// <param name="installation">What is known.</param>
    /// <returns>What was found.</returns>
    IEnumerable<Problem> Check(Installation installation);
}
