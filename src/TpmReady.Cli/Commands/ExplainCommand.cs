// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using TpmReady.Cli.Terminal;
using TpmReady.Diagnosis.Report;

namespace TpmReady.Cli.Commands;

/// <summary>tpmready explain: logs in, findings out.</summary>
internal static class ExplainCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make()
    {
        Argument<string[]> logs = LogFiles.Argument("Logs of one boot (the consoles of both worlds, a journal…), or a directory of logs. " +
                "'-' or nothing: standard input.");
        Option<bool> json = new("--json")
        {
            Description = "Write JSON (schema/explain.schema.json); for a directory one object per log and line.",
        };
        Option<int> jobs = new("--jobs", "-j")
        {
            Description = "How many logs of a directory to read at once.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        Option<string?> prometheus = new("--prometheus")
        {
            Description = "For a directory: also write Prometheus text to this file.",
            HelpName = "FILE",
        };
        Option<bool> noPager = new("--no-pager") { Description = "Do not pipe the output into a pager." };
        Command command = new("explain", "Tells what is wrong with the TPM of a boot, and the one thing to change.")
        {
            logs,
            json,
            jobs,
            prometheus,
            noPager,
        };
        command.SetAction(parsed => LogFiles.Guard(() =>
        {
            IReadOnlyList<string> files = LogFiles.OrStandardInput(parsed.GetValue(logs));
            return files.Count == 1 && Directory.Exists(files[0])
                ? Fleet.Explain(files[0], Math.Max(parsed.GetValue(jobs), 1), parsed.GetValue(json), parsed.GetValue(prometheus))
                : Explain(files, parsed.GetValue(json), !parsed.GetValue(noPager));
        }));
        return command;
    }

    private static int Explain(IReadOnlyList<string> files, bool json, bool pager)
    {
        using ProgressLine progress = new(files);
        IReadOnlyList<BootReport> boots = LogAnalysis.Explain(files, LogFiles.Open, progress.Show);
        progress.Clear();
        if (json)
        {
            using Stream output = Console.OpenStandardOutput();
            JsonReport.Write(output, boots, files, indented: !Console.IsOutputRedirected);
            return ExitCodes.Success;
        }

        using Pager page = Pager.Start(pager);
        new TextReport(page.Writer, TerminalStyle.Width, TerminalStyle.Colour).Write(boots, files);
        return ExitCodes.Success;
    }
}
