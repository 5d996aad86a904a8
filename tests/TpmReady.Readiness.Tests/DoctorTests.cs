// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using TpmReady.Readiness.Doctor;
using TpmReady.Readiness.Facts;
using TpmReady.Systemd;

namespace TpmReady.Readiness.Tests;

/// <summary>Each row breaks a healthy installation in one way, and names what the doctor must say.</summary>
public sealed class DoctorTests
{
    private const string Crypttab = "etc/crypttab = root /dev/vda3 - tpm2-device=auto\\n\n";
    private const string Moved = "var/lib/tee/dirf.db -\nvar/lib/optee-client/data/tee/dirf.db";
    private const string MountInfo = "proc/412/mountinfo = 22 1 254:2 / / rw - ext4 /dev/vda2 rw\\n";
    private const string Gate = "usr/lib/systemd/system/tpmready-gate@.service -\n";
    private const string Generator = "usr/lib/systemd/system-generators/tpmready-generator -\n";
    private const string Settings = "etc/default/tee-supplicant = ";

    public static IEnumerable<(string Change, string Expected)> Rows() =>
    [
        ("", ""),

        // The units.
        ("usr/lib/systemd/system/tee-supplicant@.service -", "warning supplicant-unit-missing"),
        ("etc/systemd/system/tee-supplicant@teepriv0.service -> /dev/null", "error unit-masked"),
        ("etc/systemd/system/tpmready-gate@.service -> /dev/null", "error unit-masked"),
        ("etc/systemd/system/tpm2.target -> /dev/null", "warning unit-masked"),
        ("etc/systemd/system/tee-supplicant.service -> /dev/null", ""),
        ("usr/lib/systemd/system/tee-supplicant@.service -\netc/systemd/system/tee-supplicant.service -> /dev/null",
            "warning supplicant-unit-missing"),
        (Generator, "error generator-missing;warning supplicant-not-started"),
        (Generator + "usr/lib/systemd/system-generators/tpmready-generator = x", "error generator-missing"),
        (Gate + Generator, "warning supplicant-not-started"),
        (Gate + Generator + "usr/lib/udev/rules.d/61-x.rules = SYSTEMD_WANTS+=\"tee-supplicant@%k.service\"", ""),
        (Gate + Generator + "etc/systemd/system/multi-user.target.wants/tee-supplicant@teepriv0.service -> /x", ""),
        ("etc/systemd/system/multi-user.target.wants/tee-supplicant.service -> /lib/systemd/system/x",
            "error two-supplicants"),
        ("usr/sbin/tee-supplicant -", "error program-missing"),
        ("usr/lib/tpmready/tpmready-driver -\nusr/lib/tpmready/tpmready-driver = x", "error program-missing"),
        ("usr/lib/udev/rules.d/60-tpmready.rules -", "error udev-rule-missing"),
        ("etc/group = root:x:0:\\n", "warning group-missing"),
        ("usr/lib/systemd/system/tpm2.target -", "warning tpm2-target-missing"),
        ("usr/lib/systemd/system/tpm2.target -\nusr/lib/systemd/libsystemd-shared-257.so -\n"
            + "usr/lib/aarch64-linux-gnu/systemd/libsystemd-shared-255.so", "note tpm2-target-missing"),
        ("usr/lib/systemd/libsystemd-shared-257.so -\nusr/lib/systemd/libsystemd-shared-252.so", "note no-handover"),
        ("usr/lib/systemd/libsystemd-shared-257.so -\nusr/lib/systemd/libsystemd-shared-252.so\n"
            + Settings + "OPTARGS=--handover=on\\n", ""),

        // The store.
        (MountInfo + "31 22 0:30 / /var rw - tmpfs tmpfs rw\\n", "error storage-volatile"),
        (MountInfo + "31 22 0:30 / /run rw - tmpfs tmpfs rw\\n32 22 0:31 / /var rw - overlay overlay "
            + "rw,lowerdir=/a,upperdir=/run/upper,workdir=/run/work\\n", "error storage-volatile"),
        (MountInfo + "31 22 254:3 / /var/lib ro - ext4 /dev/vda3 rw\\n", "error storage-read-only"),
        (MountInfo + "31 22 0:30 / /var/lib/teeth rw - tmpfs tmpfs rw\\n", ""),
        ("var/lib/tee -", "warning storage-missing"),
        ("var/lib/tee -\nvar/lib/tee = x", "error storage-access"),
        ("var/lib/optee-client/data/tee/dirf.db", "note store-elsewhere"),
        (Moved, "warning store-elsewhere"),
        (Moved + "\nproc/412/fd/3 -> /dev/null", "error store-elsewhere;error tpm-not-ready"),
        ("var/lib/tee -\nvar/lib/optee-client/data/tee/dirf.db\n"
            + "proc/412/cmdline = tee-supplicant\\0-f\\0/var/lib/optee-client/data/tee\\0", "warning storage-access"),
        ("var/lib/tee -\nvar/lib/optee-client/data/tee/dirf.db\n"
            + Settings + "OPTARGS=\"-f /var/lib/optee-client/data/tee\"", "warning storage-access"),
        (Crypttab + "etc/fstab = /dev/mapper/root /var/lib/tee ext4 defaults 0 2\\n", "error storage-loop"),
        (Crypttab + "etc/fstab = UUID=1234 /var/lib/tee ext4 defaults 0 2\\n", "warning storage-loop"),
        (Crypttab + "etc/fstab = PARTUUID=1234 /var/lib/tee ext4 defaults 0 2\\n", ""),

        // The kernel and its command line.
        ("usr/lib/modules/6.12.38/modules.dep = kernel/drivers/tee/optee/optee.ko.xz:\\n\nsys/module/tpm_ftpm_tee -",
            "error driver-missing"),
        ("proc/cmdline = systemd.tpm2_wait=0\\n", "warning wait-off"),
        ("proc/cmdline = tpmready.wait=no\\n", "warning wait-off"),
        ("proc/cmdline = tpmready.wait=soon\\n", "warning wait-misspelt"),

        // The TPM itself; nobody asks it.
        ("proc/412/fd/3 -> /dev/null", "error tpm-not-ready"),
        ("proc/412/stat = 412 (tee-supplicant) T 1\\n", "error tpm-not-ready"),
        ("sys/class/tpm/tpm0 -", "error tpm-not-ready"),

        ("sys/class/misc/hw_random/rng_current = tpm-rng-0\\n", "note kernel-random"),

        // The supplicant's settings, TAs and plug-ins.
        (Settings + "OPTARGS=--log-level=debug\\n", "note log-level"),
        (Settings + "TEE_SUPPLICANT_LOG_LEVEL=debug\\n", "note log-level"),
        (Settings + "OPTARGS=--log-level debug -p /dev/shm -l /dev:/x\\n", "note log-level"),
    ];

    [Test]
    [MethodDataSource(nameof(Rows))]
    public async Task An_installation_is_examined(string change, string expected)
    {
        using MachineTree tree = MachineTree.Load("installed", change);
        await Assert.That(Describe(Examination.Of(Read(tree)))).IsEqualTo(expected);
    }

    [Test]
    public async Task Every_problem_has_one_line_each_for_cause_and_remedy_and_says_what_it_rests_on()
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach ((string change, _) in Rows())
        {
            using MachineTree tree = MachineTree.Load("installed", change);
            foreach (Problem problem in Examination.Of(Read(tree)).Problems)
            {
                seen.Add(problem.Id);
                await Assert.That(problem.Cause).Matches(new Regex(@"^[^\n]{10,250}\.$", RegexOptions.None, Limit));
                await Assert.That(problem.Remedy).Matches(new Regex(@"^[^\n]{10,250}\.$", RegexOptions.None, Limit));
                await Assert.That(problem.Evidence.Count).IsGreaterThan(0).Because(problem.Id);
            }
        }

        await Assert.That(seen.Count).IsGreaterThan(18);
    }

    [Test]
    public async Task Rules_about_the_supplicant_are_silent_where_nothing_needs_one()
    {
        using MachineTree crb = MachineTree.Load(
            "kernel", "sys/class/tpmrm/tpmrm0/\nsys/class/tpm/tpm0/tpm_version_major = 2\\n\nproc/1/fd/0 -> /x");
        Examination examination = Examination.Of(Read(crb));
        await Assert.That((examination.Problems.Count, examination.IsForFirmwareTpm)).IsEqualTo((0, false));
        using MachineTree old = MachineTree.Load("kernel", "sys/class/tpm/tpm0/tpm_version_major = 1\\n");
        Examination version1 = Examination.Of(Read(old));
        await Assert.That(Describe(version1)).IsEqualTo("note tpm-not-ready");
        await Assert.That(version1.IsHealthy).IsTrue();
    }

    [Test]
    public async Task An_image_is_examined_by_what_is_installed_in_it()
    {
        using MachineTree image = MachineTree.Load("installed", Generator + "sys -\nproc -");
        Examination examination = Examination.Of(Read(image, isElsewhere: true));
        await Assert.That(Describe(examination)).IsEqualTo("error generator-missing;error supplicant-not-started");
        await Assert.That(string.Join(';', examination.Unchecked)).Contains("another root");
    }

    [Test]
    public async Task States_of_units_count_where_a_service_manager_told_them()
    {
        using MachineTree tree = MachineTree.Load("installed");
        UnitState failed = new(
            "tpmready-gate@teepriv0.service", "loaded", "failed", "failed", "static", "exit-code", "Not ready in time");
        Examination examination = Examination.Of(Read(tree, states: [failed]));
        await Assert.That(Describe(examination)).IsEqualTo("error unit-failed");
        await Assert.That(examination.Problems[0].Cause).Contains("Not ready in time");
        UnitState other = new("tee-supplicant.service", "loaded", "active", "running", "enabled", "success", "");
        await Assert.That(Describe(Examination.Of(Read(tree, states: [other])))).IsEqualTo("error two-supplicants");
    }

    [Test]
    public async Task What_others_may_change_is_told()
    {
        using MachineTree tree = MachineTree.Load("installed");
        Installation healthy = Read(tree);
        Installation plugins = healthy with
        {
            Plugins = new Dictionary<string, FileRecord>(StringComparer.Ordinal)
            {
                ["/usr/lib/tee-supplicant/plugins"] = new(0x41ED, 0, 0),
                ["/usr/lib/tee-supplicant/plugins/x.plugin"] = new(0x81B6, 0, 0),
                ["/usr/lib/tee-supplicant/plugins/y.plugin"] = new(0x81A4, 1000, 0),
            },
        };
        await Assert.That(Describe(Examination.Of(plugins))).IsEqualTo("error plugin-writable;error plugin-writable");
        Installation nodes = healthy with
        {
            Nodes = new Dictionary<string, FileRecord>(StringComparer.Ordinal)
            {
                ["/dev/tee0"] = new(0x21B0, 0, 990),
                ["/dev/teepriv0"] = new(0x21B6, 0, 0),
                ["/dev/tpmrm0"] = new(0x21B6, 0, 0),
            },
        };
        await Assert.That(Describe(Examination.Of(nodes))).IsEqualTo("error node-open-to-all;warning node-open-to-all");
        Installation store = healthy with { StorageDirectory = new FileRecord(0x41FF, 0, 0) };
        await Assert.That(Describe(Examination.Of(store))).IsEqualTo("error storage-access");
    }

    [Test]
    public async Task An_initrd_must_be_whole_if_anything_in_it_needs_the_TPM_or_begins_to_bring_it()
    {
        using MachineTree tree = MachineTree.Load("installed", "etc/crypttab = root /dev/vda3 - tpm2-device=auto\\n");
        Installation installation = Read(tree);
        const string all =
            "usr/sbin/tee-supplicant\n"
            + "-rwxr-xr-x 1 root root 9 Jan 1 1970 usr/lib/systemd/system-generators/tpmready-generator\n"
            + "lrwxrwxrwx 1 root root 9 Jan 1 1970 usr/lib/tpmready/tpmready-gate -> tpmready-boot\n"
            + "usr/lib/tpmready/tpmready-driver\nusr/lib/systemd/system/tee-supplicant@.service\n"
            + "usr/lib/systemd/system/tpmready-gate@.service\nusr/lib/systemd/system/tpmready-driver@.service\n"
            + "usr/lib/modules/6.12.38/kernel/drivers/tee/optee/optee.ko.xz\n";
        Examination lacking = Examination.Of(installation with { Initrd = InitrdListing.Parse("boot/i", all) });
        await Assert.That(Describe(lacking)).IsEqualTo("error initrd-incomplete");
        await Assert.That(lacking.Problems[0].Cause).StartsWith("The initrd lacks tpm_ftpm_tee, and a volume");
        InitrdListing whole = InitrdListing.Parse("boot/i", all + "usr/lib/modules/x/tpm-ftpm-tee.ko\n");
        await Assert.That(Describe(Examination.Of(installation with { Initrd = whole }))).IsEqualTo("");
        Installation noVolume = installation with { Volumes = [], Initrd = InitrdListing.Parse("boot/i", "init\n") };
        await Assert.That(Describe(Examination.Of(noVolume))).IsEqualTo("");
        Installation half = noVolume with { Initrd = InitrdListing.Parse("boot/i", "usr/sbin/tee-supplicant\n") };
        await Assert.That(Describe(Examination.Of(half))).IsEqualTo("warning initrd-incomplete");
    }

    [Test]
    public async Task A_TA_that_nobody_has_is_told()
    {
        const string unbound = "sys/bus/tee/devices -\nsys/class/tpm/tpm0 -\ninclude platform-ftpm\n";
        using MachineTree missing = MachineTree.Load("installed", unbound);
        await Assert.That(Describe(Examination.Of(Read(missing)))).Contains("warning ta-missing");
        using MachineTree there = MachineTree.Load(
            "installed", unbound + "usr/lib/optee_armtz/bc50d971-d4c9-42c4-82cb-343fb7f37896.ta");
        await Assert.That(Describe(Examination.Of(Read(there)))).DoesNotContain("ta-missing");
    }

    [Test]
    public async Task Every_rule_is_in_the_list()
    {
        IEnumerable<string> rules = typeof(IRule).Assembly.GetTypes()
            .Where(static type => type.IsAssignableTo(typeof(IRule)) && type.IsClass).Select(static type => type.Name);
        await Assert.That(AllRules.List.Select(static rule => rule.GetType().Name)).IsEquivalentTo(rules);
    }

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    private static Installation Read(
        MachineTree tree, bool isElsewhere = false, IReadOnlyList<UnitState>? states = null)
    {
        using FactTree facts = new(tree.Root);
        MachineFacts machine = tree.ReadFacts(FactScope.Holders | FactScope.WholeDeviceTree);
        Installation installation = InstallationReader.Read(facts, machine, isElsewhere, states, null);

        // Nodes of the machine that tests run on are not the tree's.
        return installation with { Nodes = new Dictionary<string, FileRecord>(StringComparer.Ordinal) };
    }

    private static string Describe(Examination examination) => string.Join(
        ';',
        examination.Problems.Select(
            static problem => $"{problem.Severity.ToString().ToLowerInvariant()} {problem.Id}"));
}
