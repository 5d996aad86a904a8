// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Readiness.Generation;

namespace TpmReady.Readiness.Tests.Units;

/// <summary>
/// The same with systemd itself, as far as this machine has it: a root with its units, ours, and the generator's output
/// is given to systemd-analyze verify, which loads all and builds the transaction.
/// </summary>
[SystemdAnalyze]
public sealed class SystemdAnalyzeTests
{
    private const string Machine =
        "include kernel\ninclude optee\ninclude ta-announced\ninclude units\n"
        + "etc/crypttab = data /dev/vda3 none tpm2-device=auto\\n\n";

    private const string User =
        "[Unit]\nDefaultDependencies=no\nAfter=tpm2.target\nBefore=sysinit.target shutdown.target\n"
        + "Conflicts=shutdown.target\n[Service]\nType=oneshot\nExecStart=/usr/bin/true\n";

    [Test]
    [Arguments("tpm2.target", "")]
    [Arguments("sysinit.target", "")]
    [Arguments("initrd.target", "")]
    [Arguments("multi-user.target", "")]
    [Arguments("shutdown.target", "")]
    [Arguments("initrd-switch-root.target", "")]
    [Arguments("tpmready-gate@teepriv0.service", "")]
    public async Task It_finds_nothing_to_complain_about(string unit, string none)
    {
        using MachineTree root = MakeRoot();
        await Assert.That(await VerifyAsync(root, unit)).IsEqualTo(none);
    }

    [Test]
    public async Task It_would_find_a_cycle()
    {
        using MachineTree root = MakeRoot();
        string path = Path.Combine(root.Root, "usr/lib/systemd/system/tee-supplicant@.service");
        string text = await File.ReadAllTextAsync(path);
        await File.WriteAllTextAsync(path, text.Replace("DefaultDependencies=no", "", StringComparison.Ordinal));
        await Assert.That(await VerifyAsync(root, "sysinit.target")).Contains("cycle");
    }

    [Test]
    public async Task It_would_find_a_directive_that_is_none()
    {
        using MachineTree root = MakeRoot();
        await File.AppendAllTextAsync(
            Path.Combine(root.Root, "usr/lib/systemd/system/tpmready-gate@.service"), "NoSuchDirective=yes\n");
        await Assert.That(await VerifyAsync(root, "tpmready-gate@teepriv0.service")).Contains("NoSuchDirective");
    }

    private static MachineTree MakeRoot()
    {
        // tpm2.target has its devices in the unit up to systemd 262; this machine's may be too old to have one.
        MachineTree root = new(
            "usr/lib/tpmready/tpmready-gate\nusr/lib/tpmready/tpmready-driver\nusr/sbin/tee-supplicant\nusr/bin/true\n"
            + "usr/lib/systemd/system/tpm2.target = [Unit]\\nWants=dev-tpmrm0.device dev-tpm0.device\\n"
            + "After=dev-tpmrm0.device dev-tpm0.device\\n");
        string system = Path.Combine(root.Root, "usr/lib/systemd/system");
        foreach (string file in Directory.GetFiles("/usr/lib/systemd/system", "*.target"))
        {
            File.Copy(file, Path.Combine(system, Path.GetFileName(file)), overwrite: true);
        }

        foreach (string name in PackagedUnits.Names())
        {
            File.Copy(Path.Combine(PackagedUnits.Folder, name), Path.Combine(system, name));
        }

        foreach (string name in (string[])
            ["systemd-pcrmachine", "systemd-pcrphase-initrd", "systemd-tpm2-setup-early", "systemd-cryptsetup@data"])
        {
            root.Add($"usr/lib/systemd/system/{name}.service = {User.Replace("\n", "\\n", StringComparison.Ordinal)}");
            root.Add($"usr/lib/systemd/system/sysinit.target.wants/{name}.service -> ../{name}.service");
        }

        string[] programs =
        [
            "usr/lib/tpmready/tpmready-gate", "usr/lib/tpmready/tpmready-driver", "usr/sbin/tee-supplicant",
            "usr/bin/true",
        ];
        foreach (string program in programs)
        {
            File.SetUnixFileMode(Path.Combine(root.Root, program), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        string run = Path.Combine(root.Root, "run/systemd/system");
        Directory.CreateDirectory(run);
        string? error = new GeneratorWriter(run, run, run).Write(PackagedUnits.Generate(Machine));
        return error is null ? root : throw new InvalidOperationException(error);
    }

    /// <summary>Its complaints that name a unit of ours, or a cycle.</summary>
    private static async Task<string> VerifyAsync(MachineTree root, string unit)
    {
        ProcessStartInfo start = new(
            SystemdAnalyzeAttribute.Program, ["verify", "--man=no", "--root=" + root.Root, unit])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using Process process = Process.Start(start)!;
        string text = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        string[] wanted = ["tpmready", "tee-supplicant", "cycle", "tpm2.target"];
        return string.Join('\n', text.Split('\n').Where(
            line => wanted.Any(word => line.Contains(word, StringComparison.Ordinal))));
    }
}
