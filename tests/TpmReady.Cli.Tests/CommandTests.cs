// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using System.Xml.Linq;

namespace TpmReady.Cli.Tests;

/// <summary>Arguments, exit codes and outputs of the commands.</summary>
public sealed class CommandTests
{
    [Test]
    public async Task Explain_reads_standard_input_and_names_cause_and_remedy()
    {
        (int code, string output, _) = await Tool.Run(["explain"], Tool.Failing);

        await Assert.That(code).IsEqualTo(0);
        await Assert.That(output).StartsWith("fatal: supplicant-missing [certain, host]");
        await Assert.That(output).Contains("Remedy: ");
        await Assert.That(output).Contains("1: [    4.101234] ftpm-tee");
        await Assert.That(output.Contains('\e', StringComparison.Ordinal)).IsFalse();
        await Assert.That((await Tool.Run(["explain", "-"], "nothing\n")).Output).IsEqualTo("No problem with a TPM in this log.\n");
    }

    [Test]
    public async Task Json_has_what_the_schema_demands()
    {
        (int code, string output, _) = await Tool.Run(["explain", "--json"], Tool.Failing + Tool.Waiting);
        using JsonDocument report = JsonDocument.Parse(output);

        await Assert.That(code).IsEqualTo(0);
        await Assert.That(Schema.Violations(output, "explain.schema.json")).IsEmpty();
        await Assert.That(report.RootElement.GetProperty("findings").GetArrayLength()).IsGreaterThan(0);
    }

    [Test]
    [Arguments(0, new[] { "decode", "0xffff3024", "-53212", "0x14c", "TPM_RC_LOCKOUT", "EBUSY" })]
    [Arguments(1, new[] { "decode", "0x77777777" })]
    [Arguments(2, new[] { "explain", "--colour" })]
    [Arguments(2, new[] { "frobnicate" })]
    [Arguments(2, new[] { "plot", "-" })]
    [Arguments(2, new[] { "plot", "-", "-o", "boot.png" })]
    [Arguments(2, new[] { "check", "--max-wait", "soon" })]
    [Arguments(3, new[] { "explain", "/nonexistent/log" })]
    [Arguments(3, new[] { "plot", "-", "-o", "/tmp/tpmready-never.svg" })]
    public async Task Exit_codes(int expected, string[] arguments)
    {
        (int code, string output, string errors) = await Tool.Run(arguments);

        await Assert.That(code).IsEqualTo(expected).Because(output + errors);
        await Assert.That(errors.Length > 0).IsEqualTo(expected != 0);
    }

    [Test]
    public async Task Check_fails_on_what_was_asked_and_writes_junit_and_annotations()
    {
        string log = Tool.File(Tool.Waiting);
        string junit = log + ".xml";
        (int code, string output, _) = await Tool.Run(
            ["check", "--max-wait", "2s", "--no-ta-panic", "--max-findings", "0", "--junit", junit, "--github", log]);
        XElement suite = XDocument.Load(junit).Descendants("testsuite").Single();

        await Assert.That(code).IsEqualTo(1);
        await Assert.That(output).Contains("FAILED  max-wait 2 s: the boot waited 90 s for the TPM");
        await Assert.That(output).Contains("ok      no-ta-panic");
        await Assert.That(output).Contains($"::error file={log},line=2,title=tpmready%3A max-wait 2 s::");
        await Assert.That(suite.Attribute("tests")!.Value).IsEqualTo("3");
        await Assert.That(suite.Attribute("failures")!.Value).IsEqualTo("2");
        await Assert.That((await Tool.Run(["check", "--max-wait", "2min", log])).Code).IsEqualTo(0);
        await Assert.That((await Tool.Run(["check"], "")).Code).IsEqualTo(1);
    }

    [Test]
    public async Task A_directory_gives_a_table_json_lines_and_metrics()
    {
        string log = Tool.File(Tool.Waiting);
        string folder = Path.GetDirectoryName(log)!;
        await File.WriteAllTextAsync(Path.Combine(folder, "good.log"), "[    1.0] all is well\n");
        await File.WriteAllBytesAsync(Path.Combine(folder, "torn.gz"), [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, .. Enumerable.Repeat((byte)0xFF, 40)]);
        string metrics = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".prom");
        (int code, string output, _) = await Tool.Run(["explain", "--jobs", "2", "--prometheus", metrics, folder]);
        (_, string lines, _) = await Tool.Run(["explain", "--jobs", "2", "--json", folder]);
        string[] rows = lines.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        await Assert.That(code).IsEqualTo(3);
        await Assert.That(output).Contains("node-never-appears");
        await Assert.That(output).Contains("unreadable");
        await Assert.That(rows.Length).IsEqualTo(3);
        await Assert.That(rows.All(row => JsonDocument.Parse(row).RootElement.GetProperty("schema_version").GetInt32() == 1)).IsTrue();
        await Assert.That(await File.ReadAllTextAsync(metrics)).Contains("tpmready_logs_with_finding{id=\"node-never-appears\"} 1");
    }

    [Test]
    public async Task Plot_and_diff_write_what_they_say()
    {
        string log = Tool.File(Tool.Waiting);
        string page = log + ".html";
        (int code, _, string errors) = await Tool.Run(["plot", log, "-o", page]);
        (_, string same, _) = await Tool.Run(["diff", log, log]);
        (_, string other, _) = await Tool.Run(["diff", Tool.File(Tool.Waiting.Replace("92.0", "3.0", StringComparison.Ordinal)
            .Replace("Timed out waiting for device", "Found device", StringComparison.Ordinal)), log]);

        await Assert.That(code).IsEqualTo(0).Because(errors);
        await Assert.That(await File.ReadAllTextAsync(page)).Contains("dev-tpmrm0.device");
        await Assert.That(same).IsEqualTo("Nothing changed that counts.\n");
        await Assert.That(other).StartsWith("Matters most: new finding: node-never-appears [stall]");
    }

    [Test]
    public async Task Colour_comes_when_it_is_asked_for()
    {
        string program = (await Tool.Run(["explain"], Tool.Failing)).Output;
        await Assert.That(program.Contains("\e[", StringComparison.Ordinal)).IsFalse();
        (int code, string help, _) = await Tool.Run(["--help"]);
        await Assert.That(code).IsEqualTo(0);
        await Assert.That(help).Contains("explain");
    }
}
