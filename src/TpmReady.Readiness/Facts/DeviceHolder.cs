// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;

namespace TpmReady.Readiness.Facts;

/// <summary>A process that has a TEE's or a TPM's device open.</summary>
/// <param name="Process">Its id.</param>
/// <param name="Command">Its name, as the kernel has it (15 characters).</param>
/// <param name="State">The letter of /proc/PID/stat; T is stopped.</param>
/// <param name="Devices">The devices, as <c>/dev/teepriv0</c>.</param>
/// <param name="ReceivingThreads">How many of its threads wait in SUPPL_RECV; null if the kernel does not tell.</param>
public sealed record DeviceHolder(
    int Process, string Command, char State, IReadOnlyList<string> Devices, int? ReceivingThreads)
{
    private const int ServiceManager = 1;

    // TEE_IOC_SUPPL_RECV, as /proc/PID/task/TID/syscall prints the second argument of ioctl.
    private const string Receive = "0x8010a406";

    /// <summary>Whether this process has a supplicant's device open.</summary>
    public bool HoldsSupplicantDevice => HasDevice("/dev/teepriv");

    /// <summary>Whether this process has a TPM open.</summary>
    public bool HoldsTpm => HasDevice("/dev/tpm");

    /// <summary>
    /// Whether it serves the secure world: it runs, it is not systemd that only keeps a descriptor for later, and a
    /// thread of it waits for requests as far as the kernel tells.
    /// </summary>
    public bool IsServing =>
        HoldsSupplicantDevice && Process != ServiceManager && State is not ('T' or 't' or 'Z' or 'X')
        && ReceivingThreads is null or > 0;

    /// <summary>
    /// Looks through all processes; takes about a millisecond for a hundred, and needs root to see all.
    /// </summary>
    public static IReadOnlyList<DeviceHolder> ReadAll(FactTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        List<DeviceHolder> holders = [];
        foreach (string name in tree.List("proc"))
        {
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int process)
                && ReadOne(tree, process) is { } holder)
            {
                holders.Add(holder);
            }
        }

        return holders;
    }

    /// <summary>
    /// Whether the open files of others cannot be seen: those of process 1 stand for all, and it always has some.
    /// </summary>
    public static bool AreHidden(FactTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);

        // A mount with hidepid= shows not even the directory (proc(5)); an image has no processes, and hides none.
        return tree.List("proc/1/fd").Count == 0 && (tree.Exists("proc/1") || tree.Exists("proc/self"));
    }

    private static DeviceHolder? ReadOne(FactTree tree, int process)
    {
        string directory = string.Create(CultureInfo.InvariantCulture, $"proc/{process}");
        List<string>? devices = null;
        foreach ((string descriptor, string target) in tree.Links(directory + "/fd"))
        {
            if (FindName(target) is { } name && IsThatDevice(tree, $"{directory}/fd/{descriptor}", target, name))
            {
                devices ??= [];
                devices.Add("/dev/" + name);
            }
        }

        if (devices is null)
        {
            return null;
        }

        // "PID (comm) S …"; the name may hold anything, so the last parenthesis counts.
        string stat = tree.ReadText(directory + "/stat") ?? "";
        int end = stat.LastIndexOf(')');
        return new DeviceHolder(
            process,
            tree.ReadText(directory + "/comm") ?? "?",
            end >= 0 && end + 2 < stat.Length ? stat[end + 2] : '?',
            devices,
            CountReceiving(tree, directory));
    }

    /// <summary>
    /// What was opened before the root was switched has a path without <c>/dev</c>: its mount is no longer in the tree
    /// (systemd's switch_root() binds the file systems anew, and detaches the old).
    /// </summary>
    private static string? FindName(string target)
    {
        ReadOnlySpan<char> name = target.StartsWith("/dev/", StringComparison.Ordinal) ? target.AsSpan(5) : target.AsSpan(1);
        return name.StartsWith("tee") || name.StartsWith("tpm") ? name.ToString() : null;
    }

    /// <summary>A path alone proves nothing: anybody can have a file of that name in a root of their own.</summary>
    private static bool IsThatDevice(FactTree tree, string link, string target, string name)
    {
        string type = name.AsSpan().TrimEnd("0123456789") switch
        {
            "tpmrm" => "tpmrm",
            "tpm" => "tpm",
            _ => "tee",
        };
        string? expected = tree.ReadText($"sys/class/{type}/{name}/dev");
        return tree.OpenedDevice(link) is { } found
            ? expected is null || string.Equals(found, expected, StringComparison.Ordinal)
            : tree.Root is not "/" && target.StartsWith("/dev/", StringComparison.Ordinal);
    }

    private static int? CountReceiving(FactTree tree, string directory)
    {
        int? count = null;
        foreach (string thread in tree.List(directory + "/task"))
        {
            // "NUMBER 0xARG0 0xARG1 …"; empty or absent where the kernel or its security policy does not tell.
            string[] words = (tree.ReadText($"{directory}/task/{thread}/syscall") ?? "").Split(' ');
            if (words.Length > 2)
            {
                count = (count ?? 0) + (words[2] is Receive ? 1 : 0);
            }
            else if (words[0] is "running")
            {
                // Busy with a request: that is serving, too.
                count = (count ?? 0) + 1;
            }
        }

        return count;
    }

    private bool HasDevice(string prefix)
    {
        foreach (string device in Devices)
        {
            if (device.StartsWith(prefix, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
