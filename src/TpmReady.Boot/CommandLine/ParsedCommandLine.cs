// SPDX-License-Identifier: MIT

using System.Collections.Generic;

namespace TpmReady.Boot.CommandLine;

/// <summary>A command line taken apart.</summary>
/// <param name="Options">The options, in the order they were given.</param>
/// <param name="Operands">Everything else, in order.</param>
/// <param name="Error">What is wrong with it, in getopt_long's words; null if nothing is.</param>
internal sealed record ParsedCommandLine(
    IReadOnlyList<ParsedOption> Options, IReadOnlyList<string> Operands, string? Error);
