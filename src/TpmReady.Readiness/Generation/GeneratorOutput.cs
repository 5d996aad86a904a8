// SPDX-License-Identifier: MIT

using System.Collections.Generic;

namespace TpmReady.Readiness.Generation;

/// <summary>What the generator writes and says.</summary>
/// <param name="Files">The files.</param>
/// <param name="Messages">Lines for the kernel log, most often none or one.</param>
public sealed record GeneratorOutput(IReadOnlyList<GeneratedFile> Files, IReadOnlyList<string> Messages)
{
    /// <summary>Nothing at all.</summary>
    public static GeneratorOutput Nothing { get; } = new([], []);
}
