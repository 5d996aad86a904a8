// SPDX-License-Identifier: MIT

using System;
using System.CommandLine;
using System.CommandLine.Parsing;

namespace TpmReady.Cli.Commands;

/// <summary>What is said about a wrong command line.</summary>
internal static class Usage
{
    /// <summary>Prints the errors and returns the exit code for them.</summary>
    /// <param name="parsed">The command line.</param>
    public static int Fail(ParseResult parsed)
    {
        foreach (ParseError error in parsed.Errors)
        {
            Console.Error.WriteLine($"tpmready: {error.Message}");
        }

        Console.Error.WriteLine("'tpmready --help' lists what there is.");
        return ExitCodes.Usage;
    }
}
