// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Text;
using TpmReady.Boot.CommandLine;

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>
/// The options of tee-supplicant: those with a letter are the C supplicant's and mean what they mean there.
/// </summary>
internal static class SupplicantOptionTable
{
    public const string AllowPathName = "allow-path";
    public const string CheckName = "check";
    public const string ConnectTimeoutName = "connect-timeout";
    public const string DaemonizeName = "daemonize";
    public const string DevicePatienceName = "wait-device";
    public const string FileSyncName = "fs-sync";
    public const string GlobalPlatformName = "gp-strict";
    public const string HandoverName = "handover";
    public const string HelpName = "help";
    public const string LogLevelName = "log-level";
    public const string LogTargetName = "log-target";
    public const string MaximumThreadsName = "max-threads";
    public const string NoFileSystemName = "no-fs";
    public const string NoLandlockName = "no-landlock";
    public const string NoPluginsName = "no-plugins";
    public const string NoProfilesName = "no-prof";
    public const string NoRpmbName = "no-rpmb";
    public const string NoSocketsName = "no-sockets";
    public const string NoSandboxName = "no-sandbox";
    public const string KeepCapabilitiesName = "keep-capabilities";
    public const string PluginAllowName = "plugin-allow";
    public const string PluginOwnerName = "any-plugin-owner";
    public const string PluginPathName = "plugin-path";
    public const string PrintCapabilitiesName = "print-capabilities";
    public const string ProfileDirectoryName = "prof-dir";
    public const string ReadyDescriptorName = "ready-descriptor";
    public const string RecordLimitName = "record-limit";
    public const string RecordName = "record";
    public const string ReplayName = "replay";
    public const string RpmbCidName = "rpmb-cid";
    public const string RpmbEmulationName = "rpmb-emu";
    public const string RpmbOnlyName = "rpmb-auto";
    public const string RpmbPostSleepName = "rpmb-postsleep-us";
    public const string SeccompName = "seccomp";
    public const string SharedMemoryLimitName = "shm-limit";
    public const string SocketAllowName = "socket-allow";
    public const string StatisticsFileName = "stats-file";
    public const string StoragePathName = "fs-parent-path";
    public const string SucceedName = "succeed";
    public const string TrustedApplicationDirectoryName = "ta-dir";
    public const string TrustedApplicationPathName = "ta-path";
    public const string VersionName = "version";

    private const int HelpColumn = 34;

    /// <summary>All of them, in the order of the help.</summary>
    public static IReadOnlyList<OptionDefinition> Options { get; } =
    [
        new('h', HelpName, null, "print this help"),
        new('d', DaemonizeName, null, "go into the background once the device is open"),
        new('f', StoragePathName, "DIR", "storage directory (/var/lib/tee)"),
        new('l', TrustedApplicationPathName, "LIST", "TA directories, separated by colons"),
        new('t', TrustedApplicationDirectoryName, "NAME", "TA directory below /lib and /usr/lib (optee_armtz)"),
        new('p', PluginPathName, "DIR", "plug-in directory (/usr/lib/tee-supplicant/plugins/)"),
        new('r', RpmbCidName, "HEX", "RPMB of the eMMC with this CID, not of mmcblkN"),
        new('\0', DevicePatienceName, "SECONDS", "wait for a device to appear (5); 'infinity' for ever"),
        new('\0', FileSyncName, "MODE", "flush files at each OP-TEE commit (commit) or write (strict)"),
        new('\0', HandoverName, "MODE", "keep state for a successor: auto (if systemd offers to), on or off"),
        new('\0', SucceedName, "PID", "take over from the running supplicant PID, then return"),
        new('\0', LogLevelName, "LEVEL", "critical, error, warning, notice, info or debug (info)"),
        new('\0', LogTargetName, "TARGET", "stderr, journal, syslog or kmsg"),
        new('\0', MaximumThreadsName, "N", "most threads that serve requests (64)"),
        new('\0', SharedMemoryLimitName, "SIZE", "most shared memory in large buffers, with K, M or G (512M)"),
        new('\0', RpmbOnlyName, null, "RPMB of the only eMMC that has one"),
        new('\0', RpmbEmulationName, "FILE", "emulate an RPMB in a file (DIR/rpmb-emulation)")
        {
            IsArgumentOptional = true,
        },
        new('\0', RpmbPostSleepName, "N", "microseconds to wait after each write to the RPMB (0)"),
        new('\0', NoPluginsName, null, "load no plug-ins"),
        new('\0', PluginOwnerName, null, "load plug-ins that other users can change, too"),
        new('\0', NoFileSystemName, null, "store no files"),
        new('\0', SocketAllowName, "RULE", "TAs may only connect to CIDR-or-host[:port]; repeatable"),
        new('\0', ConnectTimeoutName, "SECONDS", "how long a TA's connection may take to come about (20)"),
        new('\0', GlobalPlatformName, null, "tell TAs of a TCP stream's end as REMOTE_CLOSED"),
        new('\0', NoSocketsName, null, "offer no network to TAs"),
        new('\0', ProfileDirectoryName, "DIR", "where profiles of TAs are written (/tmp)"),
        new('\0', NoProfilesName, null, "write no profiles of TAs"),
        new('\0', NoRpmbName, null, "serve no RPMB"),
        new('\0', StatisticsFileName, "FILE", "write counts as JSON there, on SIGUSR1 and at the end"),
        new('\0', RecordName, "FILE", "record requests with all contents, even secrets, in a new file"),
        new('\0', RecordLimitName, "SIZE", "how long that file may become, with K, M or G (64M)"),
        new('\0', ReplayName, "FILE", "serve a recording again and compare the answers"),
        new('\0', PluginAllowName, "UUID", "load only plug-ins in files named UUID.plugin; can be repeated"),
        new('\0', AllowPathName, "PATH", "what plug-ins may open, with all beneath it; can be repeated"),
        new('\0', SeccompName, "MODE", "other system calls fail (errno) or end it (kill); or off"),
        new('\0', NoLandlockName, null, "do not restrict files and connections"),
        new('\0', KeepCapabilitiesName, null, "keep root's capabilities"),
        new('\0', NoSandboxName, null, "restrict nothing at all"),
        new('\0', CheckName, null, "check the configuration, and do not touch the device"),
        new('\0', PrintCapabilitiesName, null, "print what this version can do"),
        new('\0', VersionName, null, "print the version"),
        new('\0', ReadyDescriptorName, "N", null),
    ];

    /// <summary>The help.</summary>
    public static string GetHelp()
    {
        StringBuilder text = new();
        text.Append("Usage: tee-supplicant [options] [device]\n\nServes the secure world of OP-TEE.\n\n");
        foreach (OptionDefinition option in Options)
        {
            if (option.Help is not null)
            {
                string letter = option.ShortName == '\0' ? "    " : $"-{option.ShortName}, ";
                string name = option.Argument is null ? option.LongName
                    : option.IsArgumentOptional ? $"{option.LongName}[={option.Argument}]"
                    : $"{option.LongName}={option.Argument}";
                text.Append($"  {letter}--{name}".PadRight(HelpColumn)).Append(option.Help).Append('\n');
            }
        }

        text.Append(
            "\nSettings can also stand in the environment, as TEE_SUPPLICANT_FS_PARENT_PATH for --fs-parent-path.\n");
        return text.ToString();
    }
}
