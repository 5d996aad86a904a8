// SPDX-License-Identifier: MIT

using System.CommandLine;
using TpmReady.Cli.Commands;

RootCommand root = new("Explains why a boot waits for its TPM, and what to change.")
{
    ExplainCommand.Make(),
    PlotCommand.Make(),
    DiffCommand.Make(),
    DecodeCommand.Make(),
    CheckCommand.Make(),
};
ParseResult parsed = root.Parse(args);
return parsed.Errors.Count > 0 ? Usage.Fail(parsed) : parsed.Invoke();
