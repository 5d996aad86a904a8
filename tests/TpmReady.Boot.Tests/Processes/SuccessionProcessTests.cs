// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace TpmReady.Boot.Tests.Processes;

/// <summary>The native executable takes over from itself, caged, as ExecReload= makes it.</summary>
[NativeOnly]
public sealed class SuccessionProcessTests
{
    private const int Terminate = 15;

    [Test]
    public async Task One_after_the_other_takes_over_and_becomes_the_main_process()
    {
        using FakeTee tee = new();
        using RunningProgram first = BootProgram.Start(tee.CommandLine, tee.Environment);
        tee.WaitForMessage("READY=1");
        int current = first.Id;
        HashSet<int> processes = [current];
        for (int i = 0; i < 10; i++)
        {
            using RunningProgram reload = BootProgram.Start(Succeed(tee, current), Control(tee));
            current = NumberIn(tee.WaitForMessage("MAINPID="));
            await Assert.That(tee.WaitForMessage("READY=1")).Contains("serving");
            await Assert.That(await reload.WaitAsync()).IsEqualTo(0);
            processes.Add(current);
        }

        await Assert.That(await first.WaitAsync()).IsEqualTo(0);
        await Assert.That(processes.Count).IsEqualTo(11);
        await Assert.That(RunningProgram.Kill(current, Terminate)).IsEqualTo(0);
        tee.WaitForMessage("STOPPING=1");
    }

    [Test]
    public async Task A_request_in_hand_is_answered_once_before_the_successor_serves()
    {
        using FakeTee tee = new();
        tee.AddSlowRequest(seconds: 2);
        using RunningProgram first = BootProgram.Start(tee.CommandLine, tee.Environment);
        tee.WaitForMessage("READY=1");
        await Task.Delay(300);

        using RunningProgram reload = BootProgram.Start(Succeed(tee, first.Id), Control(tee));
        int successor = NumberIn(tee.WaitForMessage("MAINPID="));
        tee.WaitForMessage("READY=1");
        await Assert.That(tee.Answers).IsEqualTo("answer 00000000\n");
        await Assert.That(await reload.WaitAsync()).IsEqualTo(0);
        await Assert.That(await first.WaitAsync()).IsEqualTo(0);
        await Assert.That(RunningProgram.Kill(successor, Terminate)).IsEqualTo(0);
        tee.WaitForMessage("STOPPING=1");
        await Assert.That(tee.Answers).IsEqualTo("answer 00000000\n");
    }

    [Test]
    [Arguments("--no-fs", "would not")]
    [Arguments("-f /", "is not the directory that the running supplicant stores files in")]
    public async Task One_with_another_store_leaves_the_predecessor_serving(string options, string reason)
    {
        using FakeTee tee = new();
        Directory.CreateDirectory(tee.CommandLine.Split(' ')[2]);
        using RunningProgram first = BootProgram.Start(tee.CommandLine, tee.Environment);
        tee.WaitForMessage("READY=1");

        (int exitCode, _, string error) = await BootProgram.RunAsync($"{Succeed(tee, first.Id)} {options}", Control(tee));
        await Assert.That(exitCode).IsEqualTo(1);
        await Assert.That(error).Contains(reason);
        await Assert.That(tee.WaitForMessage("STATUS=")).Contains("no successor: ").And.Contains(reason);

        // And a better one succeeds.
        using RunningProgram reload = BootProgram.Start(Succeed(tee, first.Id), Control(tee));
        int successor = NumberIn(tee.WaitForMessage("MAINPID="));
        tee.WaitForMessage("READY=1");
        await Assert.That(await reload.WaitAsync()).IsEqualTo(0);
        await Assert.That(RunningProgram.Kill(successor, Terminate)).IsEqualTo(0);
        tee.WaitForMessage("STOPPING=1");
    }

    /// <summary>An upgrade or a downgrade to a program with another version of the state.</summary>
    [Test]
    public async Task One_that_does_not_know_the_state_leaves_the_predecessor_serving()
    {
        using FakeTee tee = new();
        using RunningProgram first = BootProgram.Start(tee.CommandLine, tee.Environment);
        tee.WaitForMessage("READY=1");

        SetStateVersion(first.Id, 2);
        (int exitCode, _, string error) = await BootProgram.RunAsync(Succeed(tee, first.Id), Control(tee));
        await Assert.That(exitCode).IsEqualTo(1);
        await Assert.That(error).Contains("the arena has version 2; this program knows only 1");
        await Assert.That(tee.WaitForMessage("STATUS=")).Contains("no successor: ").And.Contains("version 2");

        // And one that knows it succeeds.
        SetStateVersion(first.Id, 1);
        using RunningProgram reload = BootProgram.Start(Succeed(tee, first.Id), Control(tee));
        int successor = NumberIn(tee.WaitForMessage("MAINPID="));
        tee.WaitForMessage("READY=1");
        await Assert.That(await reload.WaitAsync()).IsEqualTo(0);
        await Assert.That(RunningProgram.Kill(successor, Terminate)).IsEqualTo(0);
        tee.WaitForMessage("STOPPING=1");
    }

    [Test]
    public async Task Nobody_follows_a_process_that_lets_nobody_in()
    {
        using FakeTee tee = new();
        using RunningProgram first = BootProgram.Start($"{tee.CommandLine} --handover=off", tee.Environment);
        tee.WaitForMessage("READY=1");

        (int exitCode, _, string error) = await BootProgram.RunAsync(Succeed(tee, first.Id), Control(tee));
        await Assert.That(exitCode).IsEqualTo(1);
        await Assert.That(error).Contains($"process {first.Id} is no supplicant that can be followed");
        first.Signal(Terminate);
        await Assert.That(await first.WaitAsync()).IsEqualTo(0);
    }

    [Test]
    public async Task A_recording_is_not_cut_in_two()
    {
        using FakeTee tee = new();
        string recording = Path.Combine(Path.GetDirectoryName(tee.CommandLine.Split(' ')[2])!, "recording");
        using RunningProgram first = BootProgram.Start($"{tee.CommandLine} --record={recording}", tee.Environment);
        tee.WaitForMessage("READY=1");

        (int exitCode, _, string error) = await BootProgram.RunAsync(Succeed(tee, first.Id), Control(tee));
        await Assert.That(exitCode).IsEqualTo(1);
        await Assert.That(error).Contains("requests are being recorded");
        first.Signal(Terminate);
        await Assert.That(await first.WaitAsync()).IsEqualTo(0);
    }

    /// <summary>In the header of the running program's arena, behind eight bytes of magic number.</summary>
    private static void SetStateVersion(int process, uint version)
    {
        string path = Directory.GetFiles($"/proc/{process}/fd").First(static path =>
            new FileInfo(path).LinkTarget?.StartsWith("/memfd:tpmready-arena", StringComparison.Ordinal) == true);
        using Microsoft.Win32.SafeHandles.SafeFileHandle arena =
            File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        RandomAccess.Write(arena, BitConverter.GetBytes(version), fileOffset: 8);
    }

    private static string Succeed(FakeTee tee, int process) => $"{tee.CommandLine} --succeed={process}";

    private static int NumberIn(string message) => int.Parse(
        message.Split('=')[1].Trim(), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>systemd tells the address of its socket to the main process only (NotifyAccess=main).</summary>
    private static Dictionary<string, string> Control(FakeTee tee) => tee.Environment
        .Where(static pair => pair.Key is not ("NOTIFY_SOCKET" or "FAKE_TEE_REQUEST"))
        .ToDictionary(static pair => pair.Key, static pair => pair.Value, StringComparer.Ordinal);
}
