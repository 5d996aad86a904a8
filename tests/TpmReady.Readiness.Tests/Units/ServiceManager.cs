// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Readiness.Generation;

namespace TpmReady.Readiness.Tests.Units;

/// <summary>
/// systemd as PID 1 of its own namespaces, with our units, the generator's output and a user of the TPM. The programs
/// are shell scripts that write down when they ran; devices are nodes of this machine under other names, by udev's
/// database.
/// </summary>
internal sealed class ServiceManager : IDisposable
{
    public const string Program = "/usr/lib/systemd/systemd";

    // /dev/null and /dev/zero stand for the devices.
    private const string SupplicantNode = "c1:3";
    private const string TpmNode = "c1:5";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);
    private readonly MachineTree _tree = new("units/\nbin/\n");
    private readonly HashSet<string> _nodes = new(StringComparer.Ordinal) { SupplicantNode };

    public ServiceManager(string machine)
    {
        string units = Path.Combine(_tree.Root, "units");
        foreach (string name in PackagedUnits.Names())
        {
            File.WriteAllText(
                Path.Combine(units, name),
                PackagedUnits.Read(name)
                    .Replace("/usr/lib/tpmready/", _tree.Root + "/bin/", StringComparison.Ordinal)
                    .Replace("/usr/sbin/", _tree.Root + "/bin/", StringComparison.Ordinal)
                    .Replace("Type=notify", "Type=oneshot\nRemainAfterExit=yes", StringComparison.Ordinal)
                    .Replace("Restart=on-failure", "", StringComparison.Ordinal));
        }

        string? error = new GeneratorWriter(units, units, units).Write(PackagedUnits.Generate(machine));
        foreach (string wants in Directory.GetDirectories(units, "*.wants"))
        {
            foreach (string link in Directory.GetFiles(wants))
            {
                string target = Path.GetFileName(File.ResolveLinkTarget(link, returnFinalTarget: false)!.FullName);
                File.Delete(link);
                File.CreateSymbolicLink(link, "../" + target);
            }
        }

        Unit("tpm2.target", "[Unit]\nDefaultDependencies=no\nAfter=dev-tpmrm0.device dev-tpm0.device\n"
            + "Wants=dev-tpmrm0.device dev-tpm0.device\n");
        Unit("sysinit.target", "[Unit]\nDefaultDependencies=no\nWants=user.service\n");
        foreach (string target in (string[])["shutdown.target", "initrd-switch-root.target", "basic.target"])
        {
            Unit(target, "[Unit]\nDefaultDependencies=no\nAllowIsolate=yes\n");
        }

        // As systemd-pcrphase-initrd.service is.
        Unit("user.service", "[Unit]\nDefaultDependencies=no\nAfter=tpm2.target\n"
            + "Before=sysinit.target initrd-switch-root.target\nConflicts=initrd-switch-root.target\n"
            + $"[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart={_tree.Root}/bin/user start\n"
            + $"ExecStop={_tree.Root}/bin/user stop\n");
        Script("tee-supplicant", "write supplicant-ready");
        Script("tpmready-driver",
            "case \"$*\" in *if-failed*) [ \"$SERVICE_RESULT\" = success ] || write hide ;; *unbind*) write unbind ;; "
            + "*) write bind ;; esac");
        Script("tpmready-gate", "write answered");
        Script("user", "write user-$1");
        ThrowIf(error);
    }

    /// <summary>Where the units are.</summary>
    public string UnitFolder => Path.Combine(_tree.Root, "units");

    /// <summary>Adds or changes a unit.</summary>
    public void Unit(string name, string text) => File.WriteAllText(Path.Combine(UnitFolder, name), text);

    /// <summary>Changes a program: lines of sh, with <c>write WORD</c>.</summary>
    public void Script(string name, string lines)
    {
        string path = Path.Combine(_tree.Root, "bin", name);
        File.WriteAllText(
            path,
            $"#!/bin/sh\nwrite() {{ echo \"$(cut -d' ' -f1 /proc/uptime) $1\" >> {_tree.Root}/log; }}\n{lines}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>The TPM's node is there from the beginning.</summary>
    public void AddTpm() => _nodes.Add(TpmNode);

    /// <summary>Boots to sysinit.target, then runs lines of sh, and takes everything down.</summary>
    /// <returns>What was written, with the seconds since the beginning.</returns>
    public async Task<IReadOnlyList<(double Seconds, string Word)>> RunAsync(string then)
    {
        Script("last", $"write sysinit\n{then}\nwrite end");
        Script("begin", $"mount --make-rprivate /\nmount -t proc proc /proc\nmount -t tmpfs tmpfs /run\n"
            + "mount -t tmpfs tmpfs /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup\n"
            + "mkdir -p /run/udev/data /run/udev/tags/systemd\ntouch /run/udev/control\n"
            + string.Concat(_nodes.Select(Node))
            + $"export container=lxc SYSTEMD_UNIT_PATH={_tree.Root}/units SYSTEMD_GENERATOR_PATH=/nonexistent\n"
            + $"write begin\nexec {Program} --system --unit=last.service --show-status=no\n");
        Unit("last.service", "[Unit]\nDefaultDependencies=no\nWants=sysinit.target\nAfter=sysinit.target\n"
            + "IgnoreOnIsolate=yes\n"
            + $"[Service]\nType=oneshot\nExecStart={_tree.Root}/bin/last\n");
        using Process process = Process.Start(new ProcessStartInfo(
            "unshare", ["--pid", "--fork", "--mount", "--cgroup", "--kill-child", _tree.Root + "/bin/begin"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        string log = Path.Combine(_tree.Root, "log");
        long start = Stopwatch.GetTimestamp();
        List<(double Seconds, string Word)> words = [];
        while (!words.Exists(static entry => entry.Word is "end") && Stopwatch.GetElapsedTime(start) < Limit)
        {
            await Task.Delay(50);
            words = File.Exists(log) ? Parse(await File.ReadAllLinesAsync(log)) : [];
        }

        process.Kill();
        await process.WaitForExitAsync();
        return words;
    }

    public void Dispose() => _tree.Dispose();

    private static List<(double Seconds, string Word)> Parse(string[] lines)
    {
        List<(double Seconds, string Word)> words = [];
        double first = 0;
        foreach (string line in lines)
        {
            string[] parts = line.Split(' ');
            if (parts.Length == 2)
            {
                double seconds = double.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture);
                first = words.Count == 0 ? seconds : first;
                words.Add((seconds - first, parts[1]));
            }
        }

        return words;
    }

    private static string Node(string node)
    {
        string alias = node is SupplicantNode ? "/dev/teepriv0" : "/dev/tpmrm0 /dev/tpm0";
        return $"printf 'I:1\\nE:SYSTEMD_ALIAS={alias}\\nG:systemd\\nQ:systemd\\nV:1\\n' > /run/udev/data/{node}\n"
            + $"touch /run/udev/tags/systemd/{node}\n";
    }

    private static void ThrowIf(string? error)
    {
        if (error is not null)
        {
            throw new InvalidOperationException(error);
        }
    }
}
