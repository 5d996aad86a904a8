// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using TpmReady.Cli.Output;
using TpmReady.Cli.Terminal;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Probing;
using TpmReady.Readiness.Waiting;

namespace TpmReady.Cli.Commands;

/// <summary>tpmready wait: returns when the TPM can be used, or when waiting is in vain.</summary>
internal static class WaitCommand
{
    private const string Name = "wait";
    private const string AskName = "--ask";

    /// <summary>The command line of the process that asks the TPM.</summary>
    public static IReadOnlyList<string> Asking { get; } = ["tpmready", Name, AskName];

    /// <summary>Makes the command.</summary>
    public static Command Make()
    {
        Option<string?> timeout = new("--timeout")
        {
            Description = "How long to wait, as 30s, 500ms, 2min or infinity; 0 looks once. "
                + "The default is tpmready.wait= of the kernel command line, else 90s.",
            HelpName = "TIME",
        };
        Option<string?> device = new("--device")
        {
            Description = "Wait for this TPM, as tpmrm0; without, for the one that there is.",
            HelpName = "NAME",
        };
        Option<bool> json = new("--json") { Description = "Write the result as JSON (schema/wait.schema.json)." };
        Option<bool> quiet = new("--quiet", "-q") { Description = "Write nothing; the exit code tells." };
        Option<bool> ask = new(AskName) { Hidden = true };
        Command command = new(
            Name, "Waits until the TPM can be used; says at once when waiting is in vain, and why.")
        {
            timeout,
            device,
            json,
            quiet,
            ask,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(ask))
            {
                Console.WriteLine(AskingProcess.Run());
                return ExitCodes.Success;
            }

            if (!TryLimit(parsed.GetValue(timeout), out TimeSpan? limit)
                || !TryDevice(parsed.GetValue(device), out int? number))
            {
                return ExitCodes.Usage;
            }

            return Wait(limit, number, parsed.GetValue(json), parsed.GetValue(quiet));
        });
        return command;
    }

    private static int Wait(TimeSpan? limit, int? number, bool json, bool quiet)
    {
        GateExit exit;
        Gate gate;
        TimeSpan elapsed;
        using (WaitingLine line = new(quiet))
        {
            // For tests: another directory stands for the root. The process that asks looks at the machine itself.
            string root = Environment.GetEnvironmentVariable("TPMREADY_ROOT") ?? "/";
            using LiveMachine machine = new(root, Asking, FactScope.WholeDeviceTree, line.Show);
            gate = new Gate(machine, limit) { Goal = WaitGoal.Use, Number = number };
            exit = gate.Run();
            elapsed = machine.Elapsed;
        }

        Decision decision = gate.Decision!;
        TpmChip? chip = TpmUse.FindChip(gate.Facts!, decision, number);
        if (json)
        {
            WriteJson(exit, elapsed, decision, chip);
        }
        else if (!quiet)
        {
            Say(exit, elapsed, decision, chip);
        }

        return TpmExitCodes.Of(exit);
    }

    private static void Say(GateExit exit, TimeSpan elapsed, Decision decision, TpmChip? chip)
    {
        if (exit == GateExit.Ready)
        {
            Console.WriteLine($"/dev/{chip?.NodeName}: {decision.Reason}");
        }
        else
        {
            string late = exit == GateExit.TimedOut
                ? string.Create(CultureInfo.InvariantCulture, $"not usable after {elapsed.TotalSeconds:0.#} s: ")
                : "";
            Console.Error.WriteLine($"tpmready: {late}{decision.Reason}");
        }
    }

    private static void WriteJson(GateExit exit, TimeSpan elapsed, Decision decision, TpmChip? chip) =>
        JsonOutput.Write(json =>
        {
            json.WriteString("result", exit switch
            {
                GateExit.Ready => "usable",
                GateExit.TimedOut => "timed-out",
                GateExit.CannotCome => "absent",
                GateExit.Dead => "broken",
                _ => "not-permitted",
            });
            json.WriteNumber("seconds", Math.Round(elapsed.TotalSeconds, 3));
            JsonOutput.WriteDecision(json, decision);
            if (chip is not null)
            {
                json.WriteStartObject("tpm");
                StatusJson.WriteChip(json, chip);
                json.WriteEndObject();
            }
        });

    private static bool TryLimit(string? text, out TimeSpan? limit)
    {
        limit = null;
        if (text is null)
        {
            return true;
        }

        if (text is "infinity")
        {
            limit = TimeSpan.MaxValue;
            return true;
        }

        // A century: more would overflow, and means infinity.
        const double most = 3.2e9;
        if (Durations.Parse(text) is { } seconds and < most)
        {
            limit = TimeSpan.FromSeconds(seconds);
            return true;
        }

        Console.Error.WriteLine($"tpmready: --timeout {text}: write a time as 30s, 500ms, 2min or infinity.");
        return false;
    }

    private static bool TryDevice(string? text, out int? number)
    {
        number = null;
        if (text is null)
        {
            return true;
        }

        ReadOnlySpan<char> digits = text.AsSpan();
        foreach (string prefix in (ReadOnlySpan<string>)["/dev/", "tpm", "rm"])
        {
            bool isPrefixed = digits.StartsWith(prefix, StringComparison.Ordinal);
            digits = isPrefixed ? digits[prefix.Length..] : digits;
            if (!isPrefixed && prefix is "tpm")
            {
                digits = [];
            }
        }

        if (int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int parsed))
        {
            number = parsed;
            return true;
        }

        Console.Error.WriteLine($"tpmready: --device {text}: name a TPM as tpmrm0.");
        return false;
    }
}
