// SPDX-License-Identifier: MIT

using System;
using System.CommandLine;
using TpmReady.Cli.Machine;
using TpmReady.Cli.Output;
using TpmReady.Cli.Terminal;
using TpmReady.Readiness.Inspection;

namespace TpmReady.Cli.Commands;

/// <summary>tpmready status: what this machine's TPM is, and whether it can be used.</summary>
internal static class StatusCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make()
    {
        Option<string> root = Root.Option();
        Option<bool> json = new("--json") { Description = "Write JSON (schema/status.schema.json)." };
        Command command = new(
            "status", "Tells what this machine's TPM is, whether it can be used, and why. Exits with 0 if it can.")
        {
            root,
            json,
        };
        command.SetAction(parsed =>
        {
            using Root? opened = Root.Open(parsed.GetValue(root)!);
            return opened is null ? ExitCodes.Usage : Show(opened, parsed.GetValue(json));
        });
        return command;
    }

    private static int Show(Root root, bool json)
    {
        Look look = root.Look();
        System.Collections.Generic.IReadOnlyList<string> names = UnitReport.Names(look.Facts);
        MachineStatus status = MachineStatus.Of(
            look, UnitReport.Read(root.Tree, names, root.Show(names)), root.IsElsewhere);
        if (json)
        {
            StatusJson.Write(status);
        }
        else
        {
            new StatusText(Console.Out, TerminalStyle.Colour).Write(status);
        }

        return TpmExitCodes.Of(status.Availability);
    }
}
