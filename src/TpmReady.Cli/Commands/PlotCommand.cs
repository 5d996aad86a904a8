// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Plot;
using TpmReady.Diagnosis.Report;

namespace TpmReady.Cli.Commands;

/// <summary>tpmready plot: a picture of a boot.</summary>
internal static class PlotCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make()
    {
        Argument<string[]> logs = LogFiles.Argument("Logs of one boot; '-' or nothing: standard input.");
        Option<string> output = new("--output", "-o")
        {
            Description = "The file to write; its ending chooses the format, .html or .svg.",
            Required = true,
            HelpName = "FILE",
        };
        Option<int> number = new("--boot", "-b")
        {
            Description = "Which boot of the log, from 1; by default the one with most to see.",
            HelpName = "N",
        };
        Command command = new("plot", "Draws a boot: firmware, kernel, initrd, host, shutdown, and the TPM's chain in it.")
        {
            logs,
            output,
            number,
        };
        command.SetAction(parsed => LogFiles.Guard(() =>
            Plot(LogFiles.OrStandardInput(parsed.GetValue(logs)), parsed.GetValue(output)!, parsed.GetValue(number))));
        return command;
    }

    private static int Plot(IReadOnlyList<string> files, string output, int number)
    {
        string kind = Path.GetExtension(output).ToUpperInvariant();
        if (kind is not (".HTML" or ".SVG"))
        {
            Console.Error.WriteLine($"tpmready: {output}: name a file that ends in .html or .svg.");
            return ExitCodes.Usage;
        }

        IReadOnlyList<Boot> boots = LogAnalysis.Boots(files, LogFiles.Open);
        Boot? boot = number > 0 ? boots.ElementAtOrDefault(number - 1) : boots.MaxBy(candidate => candidate.Spans.Count + candidate.Seen);
        if (boot is null || boot.First is null)
        {
            string what = number > 0 ? string.Create(CultureInfo.InvariantCulture, $"boot {number} of {boots.Count}") : "a boot with time stamps";
            Console.Error.WriteLine($"tpmready: {files[0]}: this log does not show {what}, so there is nothing to draw.");
            return ExitCodes.Unreadable;
        }

        string title = $"{Path.GetFileName(files[0])}, {Wire.Seconds(boot.Seconds ?? 0)}";
        using StreamWriter writer = new(output);
        if (kind is ".SVG")
        {
            SvgPlot.Write(writer, BootPlot.Of(boot), title, withStyle: true);
        }
        else
        {
            HtmlPlot.Write(writer, BootPlot.Of(boot), title);
        }

        return ExitCodes.Success;
    }
}
