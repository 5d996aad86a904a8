// SPDX-License-Identifier: MIT

using System.CommandLine;
using TpmReady.Cli.Commands;

RootCommand root = new("Tells how this machine's TPM is, and explains why a boot waits for its TPM, and what to change.")
{
    StatusCommand.Make(),
    WaitCommand.Make(),
    ExplainCommand.Make(),
    PlotCommand.Make(),
    DiffCommand.Make(),
    DecodeCommand.Make(),
    CheckCommand.Make(),
};
ParseResult parsed = root.Parse(args);
return parsed.Errors.Count > 0 ? Usage.Fail(parsed) : parsed.Invoke();
