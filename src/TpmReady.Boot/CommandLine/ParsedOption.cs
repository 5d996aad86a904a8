// SPDX-License-Identifier: MIT

namespace TpmReady.Boot.CommandLine;

/// <summary>An option as it was given.</summary>
/// <param name="Definition">Which one.</param>
/// <param name="Value">Its argument; empty if it takes none.</param>
internal readonly record struct ParsedOption(OptionDefinition Definition, string Value);
