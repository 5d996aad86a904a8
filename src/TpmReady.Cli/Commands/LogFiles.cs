// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.IO;
using TpmReady.Diagnosis.Report;

namespace TpmReady.Cli.Commands;

/// <summary>The logs that a command line names.</summary>
internal static class LogFiles
{
    /// <summary>The name of standard input.</summary>
    public const string StandardInput = "-";

    /// <summary>The argument that takes logs: a word that looks like an option and is no file is a mistyped option.</summary>
    /// <param name="description">What the help says.</param>
    public static Argument<string[]> Argument(string description)
    {
        Argument<string[]> logs = new("LOG") { Description = description, Arity = ArgumentArity.ZeroOrMore };
        logs.Validators.Add(result =>
        {
            foreach (Token token in result.Tokens)
            {
                if (token.Value.Length > 1 && token.Value[0] == '-' && !File.Exists(token.Value))
                {
                    result.AddError($"There is no option {token.Value}.");
                }
            }
        });
        return logs;
    }

    /// <summary>The files to read: standard input when none is named.</summary>
    /// <param name="names">Names from the command line.</param>
    public static IReadOnlyList<string> OrStandardInput(string[]? names) => names is { Length: > 0 } ? names : [StandardInput];

    /// <summary>Opens a file or standard input.</summary>
    /// <param name="name">The name.</param>
    public static Stream Open(string name) =>
        name is StandardInput
            ? Console.OpenStandardInput()
            : new FileStream(name, new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.ReadWrite | FileShare.Delete,
                Options = FileOptions.SequentialScan,
                BufferSize = 0,
            });

    /// <summary>Runs something that reads logs; says in one line why one could not be read.</summary>
    /// <param name="work">The work; returns the exit code.</param>
    public static int Guard(Func<int> work)
    {
        try
        {
            return work();
        }
        catch (Exception error) when (LogErrors.IsExpected(error))
        {
            Console.Error.WriteLine($"tpmready: {error.Message}");
            Console.Error.WriteLine("Name a text log (plain or as .gz, .zst, .xz), or '-' for standard input.");
            return ExitCodes.Unreadable;
        }
    }
}
