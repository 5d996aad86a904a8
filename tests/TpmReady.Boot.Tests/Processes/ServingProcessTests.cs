// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace TpmReady.Boot.Tests.Processes;

/// <summary>The native executable on a device that a preloaded library stands for.</summary>
[NativeOnly]
public sealed class ServingProcessTests
{
    private const int Terminate = 15;
    private const int User = 10;
    private const int StatusOfSecondSignal = 143;

    [Test]
    public async Task It_says_when_it_is_ready_and_when_it_stops()
    {
        using FakeTee tee = new();
        using RunningProgram process = BootProgram.Start(tee.CommandLine, tee.Environment);

        const string status = "STATUS=serving files, TAs, plug-ins, sockets, profiles, RPMB; 0 requests, 0 in flight";
        await Assert.That(tee.WaitForMessage("READY=1")).StartsWith("READY=1\n" + status);
        process.Signal(User);
        await Assert.That(tee.WaitForMessage("STATUS=")).StartsWith(status);
        process.Signal(Terminate);
        await Assert.That(tee.WaitForMessage("STOPPING=1")).Contains("STATUS=");
        await Assert.That(await process.WaitAsync()).IsEqualTo(0);
    }

    [Test]
    public async Task No_descriptor_leaks_into_children()
    {
        using FakeTee tee = new();
        using RunningProgram process = BootProgram.Start(tee.CommandLine, tee.Environment);
        tee.WaitForMessage("READY=1");
        int count = Directory.GetFiles($"/proc/{process.Id}/fdinfo").Length;
        string[] inherited = [.. InheritedByChildren($"/proc/{process.Id}/fdinfo")];
        process.Signal(Terminate);
        await process.WaitAsync();

        // What this process passes on is none of the supplicant's doing.
        await Assert.That(inherited.Except(InheritedByChildren("/proc/self/fdinfo"), StringComparer.Ordinal)).IsEmpty();
        await Assert.That(count).IsGreaterThan(50).Because("each buffer of the pool has a descriptor");
    }

    [Test]
    public async Task A_request_under_way_is_answered_before_the_end()
    {
        using FakeTee tee = new();
        tee.AddSlowRequest(seconds: 2);
        using RunningProgram process = BootProgram.Start(tee.CommandLine, tee.Environment);
        tee.WaitForMessage("READY=1");
        await Task.Delay(500);
        process.Signal(Terminate);

        await Assert.That(await process.WaitAsync()).IsEqualTo(0);
        await Assert.That(tee.Answers).IsEqualTo("answer 00000000\n");
    }

    [Test]
    public async Task A_second_signal_ends_it_at_once()
    {
        using FakeTee tee = new();
        tee.AddSlowRequest(seconds: 100);
        using RunningProgram process = BootProgram.Start(tee.CommandLine, tee.Environment);
        tee.WaitForMessage("READY=1");
        await Task.Delay(500);
        process.Signal(Terminate);
        tee.WaitForMessage("STOPPING=1");
        long start = Stopwatch.GetTimestamp();
        process.Signal(Terminate);

        await Assert.That(await process.WaitAsync()).IsEqualTo(StatusOfSecondSignal);
        await Assert.That(Stopwatch.GetElapsedTime(start)).IsLessThan(TimeSpan.FromSeconds(30));
        await Assert.That(tee.Answers).IsEqualTo("");
    }

    [Test]
    public async Task In_the_background_it_returns_when_the_device_is_open()
    {
        using FakeTee tee = new();
        string line = tee.CommandLine.Replace("tee-supplicant", "tee-supplicant -d", StringComparison.Ordinal);
        (int exitCode, _, string error) = await BootProgram.RunAsync(line, tee.Environment);
        await Assert.That(exitCode).IsEqualTo(0);
        await Assert.That(error).DoesNotContain("error");

        int daemon = FindDaemon(tee.CommandLine.Split(' ')[2]);
        await Assert.That(tee.WaitForMessage("READY=1")).StartsWith("READY=1");
        string[] standard = [.. Enumerable.Range(0, 3).Select(i => Until($"/proc/{daemon}/fd/{i}", "/dev/null"))];
        string directory = Target($"/proc/{daemon}/cwd");
        int session = Session(daemon);
        await Assert.That(RunningProgram.Kill(daemon, Terminate)).IsEqualTo(0);
        tee.WaitForMessage("STOPPING=1");

        await Assert.That(standard).IsEquivalentTo(["/dev/null", "/dev/null", "/dev/null"]);
        await Assert.That(directory).IsEqualTo("/");
        await Assert.That(session).IsEqualTo(daemon);
    }

    private static IEnumerable<string> InheritedByChildren(string directory) =>
        Directory.GetFiles(directory).Where(static path => !IsCloseOnExec(path))
            .Select(static path => Path.GetFileName(path)).Except(["0", "1", "2"], StringComparer.Ordinal);

    private static bool IsCloseOnExec(string path)
    {
        const int closeOnExec = 0x80000;
        const string field = "flags:";
        string? flags = ReadAll(path).Split('\n')
            .FirstOrDefault(static line => line.StartsWith(field, StringComparison.Ordinal));

        // Without flags it was closed meanwhile.
        return flags is null || (Convert.ToInt32(flags[field.Length..].Trim(), 8) & closeOnExec) != 0;
    }

    /// <summary>The process that serves this storage directory.</summary>
    private static int FindDaemon(string storage)
    {
        foreach (string directory in Directory.GetDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out int process)
                && ReadAll($"{directory}/cmdline").Contains(storage, StringComparison.Ordinal))
            {
                return process;
            }
        }

        throw new InvalidOperationException("There is no background process.");
    }

    private static string ReadAll(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            // The process or the descriptor is gone.
            return "";
        }
    }

    private static string Until(string link, string wanted)
    {
        for (int i = 0; i < 1000 && !string.Equals(Target(link), wanted, StringComparison.Ordinal); i++)
        {
            Thread.Sleep(10);
        }

        return Target(link);
    }

    private static string Target(string link) =>
        File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName ?? "nothing";

    // The sixth field of /proc/PID/stat, behind the name in parentheses (proc(5)).
    private static int Session(int process)
    {
        string stat = File.ReadAllText($"/proc/{process}/stat");
        return int.Parse(
            stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[3], CultureInfo.InvariantCulture);
    }
}
