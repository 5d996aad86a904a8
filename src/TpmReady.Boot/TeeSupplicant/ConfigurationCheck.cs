// SPDX-License-Identifier: MIT

using System;
using System.Text;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.SwitchRoot;

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>Looks at what the options name, without creating anything and without opening the device.</summary>
internal static unsafe partial class ConfigurationCheck
{
    private static readonly int Flags = Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC;

    /// <summary>Prints a line for each finding.</summary>
    /// <returns>The exit status: 0 if the supplicant can work so.</returns>
    public static int Run(SupplicantOptions options, IFileOperations files)
    {
        int result = 0;
        if (options.ServesFileSystem)
        {
            int error = Look(files, options.StoragePath, out FileStatus status);
            if (FindVanishingStorage(options) is { } problem)
            {
                Say($"problem: {problem}");
                result = SupplicantCommand.Failure;
            }
            else if (error is not (Errno.Success or Errno.ENOENT))
            {
                Say($"problem: storage directory {options.StoragePath}: {Errno.Name(error)}");
                result = SupplicantCommand.Failure;
            }
            else if (error == Errno.ENOENT)
            {
                Say($"note: storage directory {options.StoragePath} does not exist yet; it is created with mode 0700");
            }
            else if (status.IsAccessibleByOthers)
            {
                Say($"note: storage directory {options.StoragePath} is open to other users: chmod 700 it");
            }
            else
            {
                Say($"good: storage directory {options.StoragePath}");
            }
        }

        bool found = false;
        foreach (string path in options.TrustedApplicationPaths)
        {
            int error = Look(files, path, out _);
            found |= error == Errno.Success;
            Say(
                error == Errno.Success
                    ? $"good: TA directory {path}"
                    : $"note: TA directory {path}: {Errno.Name(error)}");
        }

        if (!found)
        {
            Say("note: no TA directory exists; only TAs inside the firmware can be used");
        }

        if (options.PluginPath is string plugins)
        {
            int error = Look(files, plugins, out FileStatus status);
            Say(
                error != Errno.Success ? $"note: plug-in directory {plugins}: {Errno.Name(error)}"
                : status.IsWritableByOthers && options.ChecksPluginOwner
                    ? $"note: plug-in directory {plugins} is not used: chmod go-w it"
                : $"good: plug-in directory {plugins}");
        }

        SayNetworkAndProfiles(options, files);
        return RpmbCheck.Run(options.Rpmb, files) ? result : SupplicantCommand.Failure;
    }

    /// <summary>Why files cannot be stored where the options say; null if they can, or if none are.</summary>
    public static string? FindVanishingStorage(SupplicantOptions options)
    {
        using FactTree tree = new("/");
        MachineContext context = MachineContext.Read(tree, Environment.GetEnvironmentVariable);
        return options.ServesFileSystem ? InitrdStorage.Obstacle(tree, context, options.StoragePath) : null;
    }

    private static int Look(IFileOperations files, string path, out FileStatus status)
    {
        int descriptor;
        fixed (byte* bytes = Encoding.UTF8.GetBytes(path + '\0'))
        {
            descriptor = files.Open(Libc.AT_FDCWD, bytes, Flags, 0);
        }

        status = default;
        if (descriptor < 0)
        {
            return -descriptor;
        }

        int result = files.GetStatus(descriptor, out status);
        files.Close(descriptor);
        return -result;
    }

    private static void Say(string line) => StandardOutput.Write(line + "\n");
}
