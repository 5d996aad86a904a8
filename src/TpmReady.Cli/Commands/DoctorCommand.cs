// SPDX-License-Identifier: MIT

using System;
using System.CommandLine;
using TpmReady.Cli.Machine;
using TpmReady.Cli.Output;
using TpmReady.Cli.Terminal;
using TpmReady.Readiness.Doctor;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Inspection;

namespace TpmReady.Cli.Commands;

/// <summary>tpmready doctor: what is wrong with the installation, and what to do.</summary>
internal static class DoctorCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make()
    {
        Option<string> root = Root.Option();
        Option<bool> json = new("--json") { Description = "Write JSON (schema/doctor.schema.json)." };
        Command command = new(
            "doctor", "Checks what makes the TPM ready, and names the cause and the remedy of each problem.")
        {
            root,
            json,
        };
        command.SetAction(parsed =>
        {
            using Root? opened = Root.Open(parsed.GetValue(root)!);
            return opened is null ? ExitCodes.Usage : Examine(opened, parsed.GetValue(json));
        });
        return command;
    }

    private static int Examine(Root root, bool json)
    {
        MachineFacts facts = root.ReadFacts();
        Installation installation = InstallationReader.Read(
            root.Tree, facts, root.IsElsewhere, root.Show(UnitReport.Names(facts)), null);
        if (installation.IsForFirmwareTpm && !root.IsElsewhere)
        {
            installation = installation with { Initrd = Initrd.List(root.Tree) };
        }

        Examination examination = Examination.Of(installation);
        if (json)
        {
            DoctorOutput.WriteJson(examination);
        }
        else
        {
            DoctorOutput.WriteText(Console.Out, TerminalStyle.Colour, examination);
        }

        return examination.IsHealthy ? ExitCodes.Success : ExitCodes.Failure;
    }
}
