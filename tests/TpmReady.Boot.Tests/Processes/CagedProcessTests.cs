// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace TpmReady.Boot.Tests.Processes;

/// <summary>The native executable in its cage: what the kernel says about each of its threads.</summary>
[NativeOnly]
public sealed class CagedProcessTests
{
    private const int Terminate = 15;

    [Test]
    public async Task Every_thread_is_caged_from_the_start()
    {
        using FakeTee tee = new();
        using RunningProgram process = BootProgram.Start(tee.CommandLine, tee.Environment);
        tee.WaitForMessage("READY=1");
        Dictionary<string, string>[] threads = [.. Directory.GetDirectories($"/proc/{process.Id}/task").Select(Read)];
        string line = await WaitForLineAsync(process, "Caged");
        process.Signal(Terminate);

        await Assert.That(threads.Length).IsGreaterThanOrEqualTo(3);
        const string none = "0000000000000000";
        foreach ((string name, string value) in ((string, string)[])[("Seccomp", "2"), ("NoNewPrivs", "1"),
            ("CapInh", none), ("CapPrm", none), ("CapEff", none), ("CapAmb", none)])
        {
            await Assert.That(threads.Select(thread => thread[name]).Distinct(StringComparer.Ordinal))
                .IsEquivalentTo([value]).Because(name);
        }

        await Assert.That(line).Contains("Caged: no capabilities, files by Landlock ");
        await Assert.That(line).EndsWith(", system calls by seccomp.");
        await Assert.That(await process.WaitAsync()).IsEqualTo(0);
    }

    [Test]
    public async Task A_life_from_start_to_end_fits_the_strictest_cage()
    {
        using FakeTee tee = new();
        tee.AddSlowRequest(seconds: 0);
        string line = tee.CommandLine + $" --seccomp=kill --allow-path={Path.GetTempPath()} --log-level=debug";
        using RunningProgram process = BootProgram.Start(line, tee.Environment);
        tee.WaitForMessage("READY=1");
        string cage = await WaitForLineAsync(process, "Caged");
        await WaitForLineAsync(process, "Plugin 0: Success in ");
        const int user = 10;
        process.Signal(user);
        tee.WaitForMessage("STATUS=");
        process.Signal(Terminate);

        await Assert.That(cage).EndsWith(", system calls by seccomp (kill).");
        await Assert.That(await process.WaitAsync()).IsEqualTo(0);
        await Assert.That(tee.Answers).IsEqualTo("answer 00000000\n");
    }

    [Test]
    [Arguments("--no-sandbox", "Not caged.")]
    [Arguments("--seccomp=off", "seccomp is switched off")]
    [Arguments("--no-landlock", "Landlock is switched off")]
    [Arguments("--keep-capabilities", "capabilities are kept")]
    public async Task Each_part_can_be_left_out_and_the_log_says_so(string option, string words)
    {
        using FakeTee tee = new();
        using RunningProgram process = BootProgram.Start($"{tee.CommandLine} {option}", tee.Environment);
        string line = await WaitForLineAsync(process, "aged");
        tee.WaitForMessage("READY=1");
        Dictionary<string, string> status = Read($"/proc/{process.Id}");
        process.Signal(Terminate);

        await Assert.That(line).Contains(words);
        bool isFiltered = !option.Contains("sandbox", StringComparison.Ordinal)
            && !option.Contains("seccomp", StringComparison.Ordinal);
        await Assert.That(status["Seccomp"]).IsEqualTo(isFiltered ? "2" : "0");
        await Assert.That(await process.WaitAsync()).IsEqualTo(0);
    }

    private static Dictionary<string, string> Read(string directory) =>
        File.ReadAllLines(Path.Combine(directory, "status"))
            .Select(static line => line.Split(':', 2))
            .ToDictionary(static pair => pair[0], static pair => pair[1].Trim(), StringComparer.Ordinal);

    private static async Task<string> WaitForLineAsync(RunningProgram process, string wanted)
    {
        while (await process.Error.ReadLineAsync() is string line)
        {
            if (line.Contains(wanted, StringComparison.Ordinal))
            {
                return line;
            }
        }

        return "";
    }
}
