// SPDX-License-Identifier: MIT

namespace TpmReady.Readiness.Decisions;

/// <summary>A fact that a decision rests on.</summary>
/// <param name="Source">Where it was read, as a path beneath the root.</param>
/// <param name="Says">What it says.</param>
public sealed record Evidence(string Source, string Says);
