// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using TpmReady.Boot.CommandLine;
using TpmReady.Boot.TeeSupplicant;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Probing;
using TpmReady.Readiness.Waiting;
using TpmReady.Supplicant.Logging;
using TpmReady.Systemd;

namespace TpmReady.Boot.Gate;

/// <summary>The role tpmready-gate: waits until the TPM works, and tells the service manager.</summary>
internal static class GateCommand
{
    /// <summary>The role's name.</summary>
    public const string Name = "tpmready-gate";

    private const string AskName = "ask";
    private const string HelpName = "help";
    private const string TimeoutName = "timeout";

    private const string Usage =
        """
        Usage: tpmready-gate [--timeout=SECONDS]

        Waits until the TPM works, asks it once when a supplicant serves, and says why it cannot.
          --timeout=SECONDS   how long to wait (90)
          -h, --help          print this help

        Exit status: 0 the TPM works, or needs nobody to wait; 2 it cannot come; 3 timed out; 4 it does not work.

        """;

    private static OptionDefinition[] Options =>
    [
        new('h', HelpName, null, ""), new('\0', TimeoutName, "SECONDS", ""), new('\0', AskName, null, null),
    ];

    /// <summary>Runs the role.</summary>
    public static int Run(IReadOnlyList<string> arguments)
    {
        ProcessName.Set(Name);
        ParsedCommandLine line = OptionParser.Parse(Options, arguments, operandsEndOptions: false);
        TimeSpan? limit = null;
        string? error = line.Error ?? (line.Operands.Count > 0 ? $"unexpected word {line.Operands[0]}" : null);
        foreach (ParsedOption option in line.Options)
        {
            switch (option.Definition.LongName)
            {
                case HelpName:
                    StandardOutput.Write(Usage);
                    return 0;
                case AskName:
                    StandardOutput.Write(AskingProcess.Run() + "\n");
                    return 0;
                case TimeoutName when TryParse(option.Value, out uint seconds):
                    limit = TimeSpan.FromSeconds(seconds);
                    break;
                default:
                    error ??= $"--{TimeoutName}={option.Value} is no number of seconds";
                    break;
            }
        }

        if (error is not null)
        {
            StandardOutput.WriteError($"{Name}: {error}\n{Usage}");
            return (int)GateExit.Usage;
        }

        return Wait(limit);
    }

    private static bool TryParse(string text, out uint seconds) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seconds);

    private static int Wait(TimeSpan? limit)
    {
        LogWriter log = new(
            Name, LogLevel.Info, LogTarget.StandardError, Environment.GetEnvironmentVariable("JOURNAL_STREAM"));
        ServiceNotifier notifier = new(Environment.GetEnvironmentVariable(ServiceNotifier.Variable));
        using LiveMachine machine = new(
            Environment.GetEnvironmentVariable("TPMREADY_ROOT") ?? "/",
            ["tpmready-boot", Name, $"--{AskName}"],
            FactScope.Generator,
            status => notifier.Status(status));
        Readiness.Waiting.Gate gate = new(machine, limit);
        GateExit exit = gate.Run();
        string reason = gate.Decision!.Reason;
        if (exit == GateExit.Ready)
        {
            log.Write(LogLevel.Info, reason);
            notifier.Ready(reason);
        }
        else
        {
            string text = exit == GateExit.TimedOut ? $"Not ready in time: {reason}" : reason;
            log.Write(LogLevel.Error, text);
            notifier.Failed(0, text);
        }

        return (int)exit;
    }
}
