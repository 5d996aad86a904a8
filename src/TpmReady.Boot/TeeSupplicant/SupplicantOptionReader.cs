// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using TpmReady.Boot.CommandLine;
using TpmReady.Supplicant;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Logging;
using static TpmReady.Boot.TeeSupplicant.SupplicantOptionTable;

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>Makes options out of a command line and the environment. The command line wins.</summary>
internal sealed partial class SupplicantOptionReader
{
    private const string EnvironmentPrefix = "TEE_SUPPLICANT_";
    private const string DefaultStorage = "/var/lib/tee";
    private const string DefaultPlugins = "/usr/lib/tee-supplicant/plugins/";
    private const string DefaultApplicationDirectory = "optee_armtz";

    // PATH_MAX, less a file's name.
    private const int MaximumPath = 4096 - 256;
    private const int MostThreads = 512;

    // Where TA directories lie. On a system with a merged /usr both are the same.
    private static readonly string[] ApplicationParents = ["/lib", "/usr/lib"];

    // What a call is for, and how it runs, is said where it is called.
    private static readonly string[] OnCommandLineOnly =
    [
        HelpName, VersionName, CheckName, PrintCapabilitiesName, DaemonizeName, ReplayName, ReadyDescriptorName,
        SucceedName,
    ];

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private string? _error;

    /// <summary>Reads options.</summary>
    /// <param name="words">The words after the program's name.</param>
    /// <param name="environment">Looks up a variable.</param>
    /// <param name="options">The options; null if they are wrong.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? Read(
        IReadOnlyList<string> words, Func<string, string?> environment, out SupplicantOptions? options)
    {
        ParsedCommandLine line = OptionParser.Parse(Options, words, environment("POSIXLY_CORRECT") is not null);
        options = null;
        if (line.Error is not null)
        {
            return line.Error;
        }

        SupplicantOptionReader reader = new();
        reader.Collect(line, environment);
        SupplicantOptions result = reader.Build(line.Operands, environment("STATE_DIRECTORY"));
        options = reader._error is null ? result : null;
        return reader._error;
    }

    private void Collect(ParsedCommandLine line, Func<string, string?> environment)
    {
        foreach (ParsedOption option in line.Options)
        {
            _values[option.Definition.LongName] = Join(option.Definition.LongName, option.Value);
        }

        if (_values.ContainsKey(TrustedApplicationPathName) && _values.ContainsKey(TrustedApplicationDirectoryName))
        {
            Reject("--ta-path and --ta-dir exclude each other");
        }

        bool namesApplications =
            _values.ContainsKey(TrustedApplicationPathName) || _values.ContainsKey(TrustedApplicationDirectoryName);
        bool selectsRpmb = _values.Keys.Any(SelectsRpmb);
        foreach (OptionDefinition option in Options)
        {
            if (OnCommandLineOnly.Contains(option.LongName))
            {
                continue;
            }

            bool isShadowed = (namesApplications
                && option.LongName is TrustedApplicationPathName or TrustedApplicationDirectoryName)
                || (selectsRpmb && SelectsRpmb(option.LongName));
            string variable = EnvironmentPrefix + option.LongName.Replace('-', '_').ToUpperInvariant();
            string? value = isShadowed ? null : environment(variable);
            if (!string.IsNullOrEmpty(value) && (option.Argument is not null || IsYes(variable, value)))
            {
                _values.TryAdd(option.LongName, value);
            }
        }
    }

    private SupplicantOptions Build(IReadOnlyList<string> operands, string? stateDirectory)
    {
        if (operands.Count > 1)
        {
            Reject($"more than one device: {string.Join(' ', operands)}");
        }
        else if (operands is [""])
        {
            Reject("the device's path is empty");
        }

        string? firstStateDirectory = stateDirectory?.Split(':')[0];
        string storage = ReadPath(
            StoragePathName, string.IsNullOrEmpty(firstStateDirectory) ? DefaultStorage : firstStateDirectory);
        return new SupplicantOptions
        {
            Action = ReadAction(),
            Daemonizes = Has(DaemonizeName),
            ReadyDescriptor = Has(ReadyDescriptorName) ? ReadNumber(ReadyDescriptorName, 3, int.MaxValue, 0) : null,
            StoragePath = storage,
            TrustedApplicationPaths = ReadApplicationPaths(),
            PluginPath = Has(NoPluginsName) ? null : ReadPath(PluginPathName, DefaultPlugins),
            ChecksPluginOwner = !Has(PluginOwnerName),
            ServesFileSystem = !Has(NoFileSystemName),
            FileSync = ReadFileSync(),
            Rpmb = ReadRpmb(storage),
            Sockets = ReadSockets(),
            ProfilePath = Has(NoProfilesName) ? null : ReadPath(ProfileDirectoryName, DefaultProfiles),
            Handover = ReadHandover(),
            Predecessor = Has(SucceedName) ? ReadNumber(SucceedName, 1, int.MaxValue, 0) : null,
            Discovery = ReadDiscovery(operands is [{ Length: > 0 } device] ? device : null),
            Limits = ReadLimits(),
            LogLevel = ReadLogLevel(),
            LogTarget = ReadLogTarget(),
            RecordFile = Has(RecordName) ? ReadPath(RecordName, "") : null,
            RecordLimit = Get(RecordLimitName) is string limit
                ? ReadSize(RecordLimitName, limit) ?? 0 : SupplicantOptions.DefaultRecordLimit,
            ReplayFile = Has(ReplayName) ? ReadPath(ReplayName, "") : null,
            StatisticsFile = Has(StatisticsFileName) ? ReadPath(StatisticsFileName, "") : null,
            Sandbox = ReadSandbox(),
            AllowedPaths = ReadAllowedPaths(),
            AllowedPlugins = ReadAllowedPlugins(),
        };
    }

    private SupplicantAction ReadAction() =>
        Has(HelpName) ? SupplicantAction.Help
        : Has(VersionName) ? SupplicantAction.Version
        : Has(PrintCapabilitiesName) ? SupplicantAction.PrintCapabilities
        : Has(CheckName) ? SupplicantAction.Check
        : Has(ReplayName) ? SupplicantAction.Replay
        : SupplicantAction.Serve;

    private string[] ReadApplicationPaths()
    {
        string? list = Get(TrustedApplicationPathName);
        string name = Get(TrustedApplicationDirectoryName) ?? DefaultApplicationDirectory;
        IEnumerable<string> paths = list is not null
            ? list.Split(':', StringSplitOptions.RemoveEmptyEntries)
            : ApplicationParents.Select(parent => $"{parent}/{name}");
        return [.. paths.Select(path => Absolute(TrustedApplicationPathName, path))];
    }

    private DiscoveryOptions ReadDiscovery(string? device)
    {
        DiscoveryOptions options = new() { Path = device is null ? null : Path.GetFullPath(device) };
        string? wait = Get(DevicePatienceName);
        if (wait is null)
        {
            return options;
        }

        return options with
        {
            WaitForDevice = wait is "infinity"
                ? TimeSpan.FromSeconds(-1)
                : TimeSpan.FromSeconds(ReadNumber(DevicePatienceName, 0, 1_000_000, 0)),
        };
    }

    private SupplicantLimits ReadLimits()
    {
        SupplicantLimits limits = new();
        limits = limits with { MaximumThreads = ReadNumber(MaximumThreadsName, 1, MostThreads, limits.MaximumThreads) };
        return Get(SharedMemoryLimitName) is string size ? WithSharedMemory(limits, size) : limits;
    }

    private SupplicantLimits WithSharedMemory(SupplicantLimits limits, string text)
    {
        return ReadSize(SharedMemoryLimitName, text) is not long bytes ? limits : limits with
        {
            MaximumSharedMemory = bytes,
            MaximumAllocation = Math.Min(limits.MaximumAllocation, bytes),
        };
    }

    private LogLevel ReadLogLevel()
    {
        switch (Get(LogLevelName))
        {
            case null or "info":
                return LogLevel.Info;
            case "critical":
                return LogLevel.Critical;
            case "error":
                return LogLevel.Error;
            case "warning":
                return LogLevel.Warning;
            case "notice":
                return LogLevel.Notice;
            case "debug":
                return LogLevel.Debug;
            case string other:
                Reject($"--{LogLevelName}={other}: critical, error, warning, notice, info or debug is expected");
                return LogLevel.Info;
        }
    }

    private LogTarget? ReadLogTarget()
    {
        switch (Get(LogTargetName))
        {
            case null:
                return null;
            case "stderr":
                return LogTarget.StandardError;
            case "journal":
                return LogTarget.Journal;
            case "syslog":
                return LogTarget.Syslog;
            case "kmsg":
                return LogTarget.Kernel;
            case string other:
                Reject($"--{LogTargetName}={other}: stderr, journal, syslog or kmsg is expected");
                return null;
        }
    }

    private string ReadPath(string name, string byDefault) => Absolute(name, Get(name) ?? byDefault);

    // The daemon leaves its working directory.
    private string Absolute(string name, string path)
    {
        if (path.Length == 0 || Encoding.UTF8.GetByteCount(path) > MaximumPath)
        {
            Reject($"--{name}: a path of 1 to {MaximumPath} bytes is expected");
            return "/";
        }

        return Path.GetFullPath(path);
    }

    private int ReadNumber(string name, int least, int most, int byDefault)
    {
        if (Get(name) is not string text)
        {
            return byDefault;
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            || number < least || number > most)
        {
            Reject($"--{name}={text}: a number from {least} to {most} is expected");
        }

        return number;
    }

    private bool IsYes(string variable, string value)
    {
        switch (value)
        {
            case "1" or "yes" or "true" or "on":
                return true;
            case "0" or "no" or "false" or "off":
                return false;
            default:
                Reject($"{variable}={value}: yes or no is expected");
                return false;
        }
    }

    private bool Has(string name) => _values.ContainsKey(name);

    private string? Get(string name) => _values.GetValueOrDefault(name);

    private void Reject(string error) => _error ??= error;
}
