// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Linux.Files;
using TpmReady.Supplicant.Logging;

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>The role tee-supplicant: understands how it was called, and does that.</summary>
internal static class SupplicantCommand
{
    /// <summary>The role's name.</summary>
    public const string Name = "tee-supplicant";

    /// <summary>The exit status of every failure, as with the C supplicant.</summary>
    public const int Failure = 1;

    // Shorter than the least time that systemd gives a reload, with our unit or without (DefaultTimeoutStartSec=90s).
    private static readonly TimeSpan SuccessionPatience = TimeSpan.FromSeconds(45);

    /// <summary>Runs the role.</summary>
    /// <param name="prefix">The words that led here, to start this program once more.</param>
    /// <param name="arguments">The words after them.</param>
    /// <returns>The exit status.</returns>
    public static int Run(IReadOnlyList<string> prefix, IReadOnlyList<string> arguments)
    {
        ProcessName.Set(Name);
        string? error = SupplicantOptionReader.Read(
            arguments, Environment.GetEnvironmentVariable, out SupplicantOptions? options);
        if (options is null)
        {
            StandardOutput.WriteError($"{Name}: {error}\n{SupplicantOptionTable.GetHelp()}");
            return Failure;
        }

        switch (options.Action)
        {
            case SupplicantAction.Help:
                // The C supplicant prints it here, too.
                StandardOutput.WriteError(SupplicantOptionTable.GetHelp());
                return 0;
            case SupplicantAction.Version:
                StandardOutput.Write(Capabilities.GetVersion() + "\n");
                return 0;
            case SupplicantAction.PrintCapabilities:
                StandardOutput.Write(Capabilities.Describe());
                return 0;
            case SupplicantAction.Check:
                return ConfigurationCheck.Run(options, new LinuxFileOperations());
            case SupplicantAction.Replay:
                return ReplayCommand.Run(options);
            default:
                return options.ReadyDescriptor is null && (options.Daemonizes || options.Predecessor is not null)
                    ? Daemonizer.Run(prefix, arguments, options.Predecessor is null ? null : SuccessionPatience)
                    : Serve(options);
        }
    }

    private static int Serve(SupplicantOptions options)
    {
        LogWriter log = new(
            Name,
            options.LogLevel,
            options.LogTarget ?? LogTarget.StandardError,
            Environment.GetEnvironmentVariable("JOURNAL_STREAM"));
        return new SupplicantProgram(WithoutVanishingStorage(options, log), log).Run();
    }

    /// <summary>Serves without files where they would vanish with an initrd.</summary>
    private static SupplicantOptions WithoutVanishingStorage(SupplicantOptions options, LogWriter log)
    {
        if (ConfigurationCheck.FindVanishingStorage(options) is not { } problem)
        {
            return options;
        }

        log.Write(LogLevel.Error, problem);
        return options with { ServesFileSystem = false };
    }
}
