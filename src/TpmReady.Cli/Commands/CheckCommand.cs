// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using TpmReady.Diagnosis.Report;
using Worst = TpmReady.Diagnosis.Findings.Severity;

namespace TpmReady.Cli.Commands;

/// <summary>tpmready check: the gate for CI.</summary>
internal static class CheckCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Make()
    {
        Argument<string[]> logs = LogFiles.Argument("Logs of one boot; '-' or nothing: standard input.");
        Option<string?> maxWait = new("--max-wait")
        {
            Description = "The longest wait for a TPM, as 2s or 500ms.",
            HelpName = "TIME",
        };
        Option<bool> noTaPanic = new("--no-ta-panic") { Description = "No trusted application may panic, at shutdown either." };
        Option<int?> maxFindings = new("--max-findings")
        {
            Description = "How many findings above a note are allowed.",
            HelpName = "N",
        };
        Option<string?> maxSeverity = new("--max-severity") { Description = "The worst severity that is allowed." };
        maxSeverity.AcceptOnlyFromAmong("note", "degraded", "stall", "fatal");
        Option<string?> junit = new("--junit") { Description = "Also write the results as JUnit XML.", HelpName = "FILE" };
        Option<bool> github = new("--github")
        {
            Description = "Write errors as annotations of GitHub Actions; the default there.",
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable("GITHUB_ACTIONS") is "true",
        };
        Command command = new("check", "Checks the log of a boot against conditions; exits with 1 when one does not hold.")
        {
            logs,
            maxWait,
            noTaPanic,
            maxFindings,
            maxSeverity,
            junit,
            github,
        };
        command.SetAction(parsed =>
        {
            string? wait = parsed.GetValue(maxWait);
            double? seconds = wait is null ? null : Durations.Parse(wait);
            if (wait is not null && seconds is null)
            {
                Console.Error.WriteLine($"tpmready: --max-wait {wait}: write a time as 2s, 500ms or 1min.");
                return ExitCodes.Usage;
            }

            CheckLimits limits = new(seconds, parsed.GetValue(noTaPanic), parsed.GetValue(maxFindings), Severity(parsed.GetValue(maxSeverity)));
            limits = limits is { MaxWait: null, NoTaPanic: false, MaxFindings: null, MaxSeverity: null } ? limits with { MaxFindings = 0 } : limits;
            IReadOnlyList<string> files = LogFiles.OrStandardInput(parsed.GetValue(logs));
            return LogFiles.Guard(() => Check(files, limits, parsed.GetValue(junit), parsed.GetValue(github)));
        });
        return command;
    }

    private static int Check(IReadOnlyList<string> files, CheckLimits limits, string? junit, bool github)
    {
        IReadOnlyList<CheckResult> results = LogCheck.Of(LogAnalysis.Boots(files, LogFiles.Open), limits);
        foreach (CheckResult result in results)
        {
            Console.WriteLine(result.Failure is null ? $"ok      {result.Name}" : $"FAILED  {result.Name}: {result.Failure}");
            if (result.Failure is not null && result.Evidence is { } line)
            {
                Console.WriteLine($"        {files.ElementAtOrDefault(line.File)}:{line.Line}: {line.Text}");
            }
        }

        if (github)
        {
            CheckFormats.GitHub(Console.Out, files[0], results);
        }

        if (junit is not null)
        {
            using FileStream stream = File.Create(junit);
            CheckFormats.JUnit(stream, files[0], results);
        }

        return results.Any(result => result.Failure is not null) ? ExitCodes.Failure : ExitCodes.Success;
    }

    private static Worst? Severity(string? word) => word switch
    {
        "note" => Worst.Note,
        "degraded" => Worst.Degraded,
        "stall" => Worst.Stall,
        "fatal" => Worst.Fatal,
        _ => null,
    };
}
