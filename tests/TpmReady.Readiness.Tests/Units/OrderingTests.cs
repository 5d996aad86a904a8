// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Readiness.Generation;

namespace TpmReady.Readiness.Tests.Units;

/// <summary>The order in which our units, systemd's and the generator's drop-ins put things.</summary>
public sealed class OrderingTests
{
    private const string Machine = "include kernel\ninclude optee\ninclude ta-announced\n";

    private const string Driver = "tpmready-driver@teepriv0.service";

    private const string Volumes =
        "etc/crypttab = data UUID=aaaaaaaa-2222-3333-4444-555555555555 none tpm2-device=auto\\n\n"
        + "etc/default/tee-supplicant = OPTARGS=\"-f /srv/tee\"\\n\n";

    private static UnitGraph Build(string more, string? defaultsFor = null)
    {
        UnitGraph graph = new();
        graph.AddParagraphs(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Units", "systemd-units.txt")));
        foreach (string name in PackagedUnits.Names())
        {
            string text = PackagedUnits.Read(name);
            graph.Add(
                name.Replace("@", "@teepriv0", StringComparison.Ordinal),
                string.Equals(name, defaultsFor, StringComparison.Ordinal)
                    ? text.Replace("DefaultDependencies=no", "", StringComparison.Ordinal)
                    : text);
        }

        foreach (GeneratedFile file in PackagedUnits.Generate(Machine + more).Files)
        {
            if (file.Content is { } content)
            {
                graph.Add(file.Path.Split('/')[0][..^2], content);
            }
        }

        return graph;
    }

    [Test]
    [Arguments("include units\n")]
    [Arguments("include units-before-256\n")]
    [Arguments("include units\n" + Volumes)]
    [Arguments("include units\n" + Volumes + "etc/fstab = PARTUUID=1 /srv ext4 defaults 0 2\\n")]
    [Arguments("include units-before-256\n" + Volumes + "etc/fstab = PARTUUID=1 /srv ext4 defaults 0 2\\n")]
    [Arguments("include units\nproc/cmdline = systemd.tpm2_wait=0\n" + Volumes)]
    public async Task There_is_no_cycle(string more) => await Assert.That(Build(more).FindCycle()).IsNull();

    [Test]
    [Arguments("tee-supplicant@.service")]
    [Arguments("tpmready-driver@.service")]
    [Arguments("tpmready-gate@.service")]
    public async Task With_default_dependencies_there_would_be_one(string name) =>
        await Assert.That(Build("include units\n", name).FindCycle()).IsNotNull();

    [Test]
    public async Task A_loop_of_storage_would_be_one_and_is_therefore_refused()
    {
        const string loop = "include units\n" + Volumes + "etc/fstab = /dev/mapper/data /srv ext4 defaults 0 2\\n";
        UnitGraph graph = Build("include units\n" + Volumes);
        graph.Add("tee-supplicant@teepriv0.service", "RequiresMountsFor=/data");
        await Assert.That(graph.FindCycle()).IsNotNull();
        GeneratorOutput output = PackagedUnits.Generate(Machine + loop);
        await Assert.That(output.Files.Any(static file => file.LinkTarget is not null)).IsFalse();
        await Assert.That(output.Messages[0]).Contains("behind the volume data");
    }

    [Test]
    [Arguments("tpm2.target")]
    [Arguments("systemd-pcrphase-initrd.service")]
    [Arguments("systemd-pcrmachine.service")]
    [Arguments("systemd-tpm2-setup-early.service")]
    [Arguments("systemd-tpm2-setup.service")]
    [Arguments("systemd-pcrphase-sysinit.service")]
    [Arguments("systemd-pcrphase.service")]
    [Arguments("systemd-pcrextend.socket")]
    [Arguments("systemd-cryptsetup@data.service")]
    public async Task Every_user_of_the_TPM_starts_after_the_gate_and_so_stops_before_the_driver(string user)
    {
        foreach (string units in (string[])["include units\n", "include units-before-256\n"])
        {
            UnitGraph graph = Build(units + Volumes);
            await Assert.That(graph.IsAfter(user, "tpmready-gate@teepriv0.service")).IsTrue();
            await Assert.That(graph.IsAfter("tpmready-gate@teepriv0.service", Driver)).IsTrue();
            await Assert.That(graph.IsAfter(Driver, "tee-supplicant@teepriv0.service")).IsTrue();
        }
    }

    /// <summary>
    /// A device that required the gate would make stopping the gate wait until the device vanishes: seen with systemd
    /// 252, where a stop job of a device runs until its time limit. So a failure ends the waits by a conflict instead.
    /// </summary>
    [Test]
    public async Task A_gate_that_fails_ends_the_waits_and_one_that_stops_waits_for_nobody()
    {
        foreach (GeneratedFile file in PackagedUnits.Generate(Machine + "include units\n" + Volumes).Files)
        {
            bool isDevice = file.Path.Contains(".device.d/", StringComparison.Ordinal);
            await Assert.That(isDevice && file.Content!.Contains("Requires=", StringComparison.Ordinal)).IsFalse();
        }

        await Assert.That(PackagedUnits.Read("tpmready-gate@.service"))
            .Contains("\nOnFailure=tpmready-absent.target\n");
        await Assert.That(PackagedUnits.Read("tpmready-absent.target"))
            .Contains("\nConflicts=dev-tpm0.device dev-tpmrm0.device\n");
    }

    /// <summary>
    /// A service that systemd gives up has failed for good, and its store is emptied: who waited for the next supplicant
    /// would get an error.
    /// </summary>
    [Test]
    public async Task However_often_the_supplicant_dies_it_is_started_again()
    {
        string unit = PackagedUnits.Read("tee-supplicant@.service");
        int service = unit.IndexOf("\n[Service]\n", StringComparison.Ordinal);
        await Assert.That(unit[..service]).Contains("\nStartLimitIntervalSec=0\n");
        await Assert.That(unit[service..]).Contains("\nRestart=on-failure\n").And.Contains("\nFileDescriptorStoreMax=");
    }

    [Test]
    [MethodDataSource(typeof(PackagedUnits), nameof(PackagedUnits.Names))]
    public async Task Every_directive_is_justified(string name)
    {
        // A directive stands below a comment in the same block; blocks are separated by blank lines.
        string[] known = ["Description=", "Documentation="];
        foreach (string block in PackagedUnits.Read(name).Split("\n\n"))
        {
            string[] lines = [.. block.Split('\n').Where(static line => line.Length > 0 && line[0] is not '[')];
            bool isKnown = lines.All(line => line.StartsWith('#') || known.Any(line.StartsWith));
            await Assert.That(isKnown || lines.Any(static line => line.StartsWith('#'))).IsTrue();
        }
    }
}
