// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Threading.Tasks;
using TpmReady.Readiness.Tests;

namespace TpmReady.Cli.Tests;

/// <summary>tpmready doctor as a user runs it, on trees of images.</summary>
public sealed class DoctorTests
{
    private const string Generator = "usr/lib/systemd/system-generators/tpmready-generator -\n";

    [Test]
    public async Task A_healthy_installation_has_exit_code_0()
    {
        using MachineTree tree = MachineTree.Load("installed");
        (int code, string output, string errors) = await Tool.Run(["doctor", "--root", tree.Root]);
        await Assert.That(output).IsEqualTo(
            "No problem found.\nNot looked at: the running machine: this is another root.\n");
        await Assert.That((code, errors)).IsEqualTo((0, ""));
    }

    [Test]
    public async Task A_problem_is_told_with_cause_remedy_and_evidence()
    {
        using MachineTree tree = MachineTree.Load(
            "installed", Generator + "etc/default/tee-supplicant = OPTARGS=--log-level=debug\\n");
        (int code, string output, _) = await Tool.Run(["doctor", "--root", tree.Root]);
        await Assert.That(code).IsEqualTo(1);
        await Assert.That(output).StartsWith(
            """
            error: generator-missing
              Cause:  tpmready's units are installed, and its generator, which puts them into the boot, is not.
              Remedy: Install /usr/lib/systemd/system-generators/tpmready-generator; a link to tpmready-boot does.
              usr/lib/systemd/system-generators/tpmready-generator: does not exist

            warning: supplicant-not-started
            """);
        await Assert.That(output).Contains("note: log-level\n");
    }

    [Test]
    [Arguments("")]
    [Arguments(Generator)]
    [Arguments("sys -\nproc -")]
    public async Task Json_has_what_the_schema_demands(string change)
    {
        using MachineTree tree = MachineTree.Load("installed", change);
        (int code, string output, _) = await Tool.Run(["doctor", "--json", "--root", tree.Root]);
        await Assert.That(Schema.Violations(output, "doctor.schema.json")).IsEmpty();
        await Assert.That(output).Contains($"\"healthy\":{(code == 0 ? "true" : "false")}");
    }

    [Test]
    public async Task The_machine_that_tests_run_on_can_be_examined()
    {
        (int code, string output, string errors) = await Tool.Run(["doctor"]);
        await Assert.That(code is 0 or 1).IsTrue().Because(output + errors);
        await Assert.That(errors).IsEmpty();
    }

    /// <summary>docs/commands.md lists every problem that the sources can name.</summary>
    [Test]
    public async Task Every_problem_is_documented()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "tpmready.slnx")))
        {
            root = Path.GetDirectoryName(root) ?? throw new DirectoryNotFoundException("Outside the repository.");
        }

        string page = await File.ReadAllTextAsync(Path.Combine(root, "docs/commands.md"));
        int rules = 0;
        foreach (string file in Directory.GetFiles(Path.Combine(root, "src/TpmReady.Readiness/Doctor/Rules")))
        {
            string text = await File.ReadAllTextAsync(file);
            int problem = text.IndexOf("new Problem(", StringComparison.Ordinal);
            int start = text.IndexOf('"', problem) + 1;
            string id = text[start..text.IndexOf('"', start)];
            await Assert.That(page).Contains($"| `{id}` |").Because(file);
            rules++;
        }

        await Assert.That(rules).IsGreaterThan(20);
    }
}
