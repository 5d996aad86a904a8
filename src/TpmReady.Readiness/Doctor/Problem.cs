// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;

namespace TpmReady.Readiness.Doctor;

/// <summary>One thing that is wrong, and the one thing to do about it.</summary>
/// <param name="Id">Its name, for programs.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="Cause">What is wrong, one or two sentences.</param>
/// <param name="Remedy">What to do.</param>
/// <param name="Evidence">The facts that it rests on.</param>
public sealed record Problem(
    string Id, Severity Severity, string Cause, string Remedy, IReadOnlyList<Evidence> Evidence);
