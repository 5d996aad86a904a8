// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Threading.Tasks;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Tests;

/// <summary>What reading facts must not do, and where it stops.</summary>
public sealed class FactTreeTests
{
    [Test]
    [Arguments("dev")]
    [Arguments("dev/teepriv0")]
    [Arguments("/sys/class/tpm")]
    public async Task Devices_and_absolute_paths_are_refused(string path)
    {
        using FactTree tree = new("/");
        await Assert.That(() => tree.ReadText(path)).Throws<ArgumentException>();
        await Assert.That(() => tree.Exists(path)).Throws<ArgumentException>();
    }

    [Test]
    public async Task Only_regular_files_are_opened_even_through_links()
    {
        // A FIFO without a writer stands for a device: opening it for reading would be seen by a writer.
        using MachineTree machine = new("sys/a/file = x");
        using FactTree tree = new(machine.Root);
        Directory.CreateDirectory(Path.Combine(machine.Root, "dev"));
        string fifo = Path.Combine(machine.Root, "dev/teepriv0");
        using (System.Diagnostics.Process make = System.Diagnostics.Process.Start("mkfifo", [fifo]))
        {
            await make.WaitForExitAsync();
        }

        File.CreateSymbolicLink(Path.Combine(machine.Root, "sys/a/link"), "../../dev/teepriv0");
        await Assert.That(tree.ReadText("sys/a/link")).IsNull();
        await Assert.That(tree.ReadText("sys/a/file")).IsEqualTo("x");
        await Assert.That(tree.ReadText("sys/a")).IsNull();
    }

    [Test]
    public async Task What_a_process_has_open_is_told_by_the_device_and_not_by_its_path()
    {
        using FactTree tree = new("/");
        using FileStream device = File.OpenRead("/dev/null");
        using FileStream file = File.OpenRead("/proc/self/stat");
        await Assert.That(tree.OpenedDevice($"proc/self/fd/{device.SafeFileHandle.DangerousGetHandle()}")).IsEqualTo("1:3");
        await Assert.That(tree.OpenedDevice($"proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}")).IsNull();
        await Assert.That(tree.OpenedDevice("dev/null")).IsNull();
    }

    [Test]
    public async Task Links_stay_inside_the_root()
    {
        using MachineTree machine =
            new("lib -> /usr/lib\nusr/lib/here = yes\nsys/up -> ../../../../../../etc/hostname");
        using FactTree tree = new(machine.Root);
        await Assert.That(tree.ReadText("lib/here")).IsEqualTo("yes");
        await Assert.That(tree.Exists("sys/up")).IsFalse();
    }

    [Test]
    public async Task Reads_are_bounded()
    {
        using MachineTree machine = new("");
        await File.WriteAllTextAsync(Path.Combine(machine.Root, "large"), new string('x', 100_000));
        using FactTree tree = new(machine.Root);
        await Assert.That(tree.ReadBytes("large")!.Length).IsEqualTo(FactTree.PageLimit);
        await Assert.That(tree.ReadBytes("large", 50_000)!.Length).IsEqualTo(50_000);
        await Assert.That(tree.ReadBytes("large", 500_000)!.Length).IsEqualTo(100_000);
        await Assert.That(tree.ReadBytes("large", 10)!.Length).IsEqualTo(10);
    }

    [Test]
    public async Task Files_of_procfs_that_claim_no_size_are_read_whole()
    {
        using FactTree tree = new("/");
        await Assert.That(tree.ReadBytes("proc/self/maps", 1 << 20)!.Length).IsGreaterThan(FactTree.PageLimit);
    }

    [Test]
    public async Task A_root_that_is_not_there_is_an_empty_machine()
    {
        using FactTree tree = new("/nonexistent/root");
        MachineFacts facts = FactReader.Read(tree, new MachineContext(false, false), FactScope.Holders);
        await Assert.That(Decide.About(facts).Cause).IsEqualTo(Cause.NoTpm);
    }

    [Test]
    public async Task Hostile_trees_end()
    {
        using MachineTree machine = new(
            "include kernel\ninclude claim-of-efi\nsys/firmware/devicetree/base/loop -> .\n"
            + "sys/class/tee/teepriv0 -> teepriv0\nsys/class/tpm/tpm99999999999999999999/x\nsys/class/tpm/tpm-1/x\n"
            + "proc/99999999999999/fd/0 -> /dev/tpm0\nproc/7/fd/0 -> /dev/teepriv0\nproc/7/stat = )");
        await Assert.That(machine.Decide().Verdict).IsNotEqualTo(Verdict.Working);
    }
}
