// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using TpmReady.Boot.CommandLine;
using TpmReady.Boot.TeeSupplicant;
using TpmReady.Supplicant.Logging;

namespace TpmReady.Boot.Driver;

/// <summary>
/// The role tpmready-driver: binds the TPM's driver when a supplicant serves, and unbinds it before it ends.
/// </summary>
internal static class DriverCommand
{
    /// <summary>The role's name.</summary>
    public const string Name = "tpmready-driver";

    private const string HelpName = "help";
    private const string TimeoutName = "timeout";
    private const string IfFailedName = "if-failed";
    private const int DefaultSeconds = 120;

    private const string Usage =
        """
        Usage: tpmready-driver [--timeout=SECONDS] bind | unbind [--if-failed] | hand-over

        bind       binds the firmware TPM's driver once a supplicant serves, and repairs a probe that came too early
        unbind     unbinds all devices that need the supplicant, while it still serves
        hand-over  in an initrd: if the host's supplicant can go on with this one's requests, the next unbind does nothing
          --if-failed         only if SERVICE_RESULT says that a service failed (for ExecStopPost=)
          --timeout=SECONDS   how long to wait (120)
          -h, --help          print this help

        Exit status: 0 done, or nothing to do; 1 failed; the message says why. Built-in and modular drivers alike.

        """;

    private static OptionDefinition[] Options =>
    [
        new('h', HelpName, null, ""), new('\0', TimeoutName, "SECONDS", ""), new('\0', IfFailedName, null, ""),
    ];

    /// <summary>Runs the role.</summary>
    public static int Run(IReadOnlyList<string> arguments)
    {
        ProcessName.Set(Name);
        if (arguments is [SysfsWrite.Word, string path, string value])
        {
            return SysfsWrite.RunChild(path, value);
        }

        ParsedCommandLine line = OptionParser.Parse(Options, arguments, operandsEndOptions: false);
        string? error = line.Error;
        uint seconds = DefaultSeconds;
        bool isIfFailed = false;
        foreach (ParsedOption option in line.Options)
        {
            switch (option.Definition.LongName)
            {
                case HelpName:
                    StandardOutput.Write(Usage);
                    return 0;
                case IfFailedName:
                    isIfFailed = true;
                    break;
                default:
                    error ??= uint.TryParse(option.Value, NumberStyles.None, CultureInfo.InvariantCulture, out seconds)
                        ? null
                        : $"--{TimeoutName}={option.Value} is no number of seconds";
                    break;
            }
        }

        if (error is not null || line.Operands is not ["bind" or "unbind" or "hand-over"])
        {
            StandardOutput.WriteError($"{Name}: {error ?? "bind, unbind or hand-over?"}\n{Usage}");
            return DriverProgram.Failure;
        }

        if (isIfFailed && !HasFailed())
        {
            return 0;
        }

        LogWriter log = new(
            Name, LogLevel.Info, LogTarget.StandardError, Environment.GetEnvironmentVariable("JOURNAL_STREAM"));
        using DriverProgram program = new(log, TimeSpan.FromSeconds(seconds));
        return line.Operands[0] switch
        {
            "bind" => program.Bind(),
            "unbind" => program.Unbind(),
            _ => program.HandOver(),
        };
    }

    /// <summary>
    /// systemd.exec(5), SERVICE_RESULT and EXIT_STATUS. A gate that timed out has a command on its way to the TPM, and
    /// unbinding would wait behind it.
    /// </summary>
    private static bool HasFailed() =>
        Environment.GetEnvironmentVariable("SERVICE_RESULT") is { } result and not "success"
        && !(result is "exit-code" && Environment.GetEnvironmentVariable("EXIT_STATUS") is "3");
}
