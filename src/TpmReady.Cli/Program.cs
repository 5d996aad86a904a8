// SPDX-License-Identifier: MIT

using System.CommandLine;
using TpmReady.Cli.Commands;

RootCommand root = new("Tells how this machine's TPM is, explains why a boot waits for it, and what to change.")
{
    StatusCommand.Make(),
    WaitCommand.Make(),
    DoctorCommand.Make(),
    ExplainCommand.Make(),
    PlotCommand.Make(),
    DiffCommand.Make(),
    DecodeCommand.Make(),
    CheckCommand.Make(),
};
ParseResult parsed = root.Parse(args);
return parsed.Errors.Count > 0 ? Usage.Fail(parsed) : parsed.Invoke();
