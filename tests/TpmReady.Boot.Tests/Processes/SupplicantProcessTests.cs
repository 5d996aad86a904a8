// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using TpmReady.Supplicant.Arena;

namespace TpmReady.Boot.Tests.Processes;

/// <summary>
/// The executable as a machine without a TEE sees it. What it does with one is tested with the fake kernel, and on the
/// board.
/// </summary>
public sealed class SupplicantProcessTests
{
    private const string NoDevice = "tee-supplicant --no-plugins --wait-device=0 /nonexistent/teepriv0";
    private const int Terminate = 15;
    private const int Interrupt = 2;

    [Test]
    public async Task The_role_is_the_first_argument()
    {
        await Assert.That((await BootProgram.RunAsync("")).ExitCode).IsEqualTo(1);
        await Assert.That((await BootProgram.RunAsync("")).Error).Contains("tee-supplicant");
        await Assert.That((await BootProgram.RunAsync("nonsense")).Error).Contains("there is no role nonsense");
        await Assert.That(await BootProgram.RunAsync("--help") is (0, { Length: > 100 }, "")).IsTrue();
    }

    [Test]
    public async Task Help_goes_to_standard_error_as_with_the_C_supplicant()
    {
        (int exitCode, string output, string error) = await BootProgram.RunAsync("tee-supplicant -h");
        await Assert.That(exitCode).IsEqualTo(0);
        await Assert.That(output).IsEqualTo("");
        await Assert.That(error).StartsWith("Usage: tee-supplicant [options] [device]\n");
    }

    [Test]
    public async Task A_wrong_option_is_named_and_the_usage_follows()
    {
        (int exitCode, _, string error) = await BootProgram.RunAsync("tee-supplicant --nonsense");
        await Assert.That(exitCode).IsEqualTo(1);
        await Assert.That(error).StartsWith("tee-supplicant: unrecognized option '--nonsense'\nUsage: ");
    }

    [Test]
    public async Task Version_and_capabilities_go_to_standard_output()
    {
        (int exitCode, string version, string error) = await BootProgram.RunAsync("tee-supplicant --version");
        await Assert.That((exitCode, error)).IsEqualTo((0, ""));
        await Assert.That(Version.TryParse(version.Trim(), out _)).IsTrue();
        (_, string capabilities, _) = await BootProgram.RunAsync("tee-supplicant --print-capabilities");
        await Assert.That(capabilities).Contains($"version: {version}");
        await Assert.That(capabilities).Contains($"arena: {ArenaHeader.ExpectedVersion}\n");
        await Assert.That(capabilities).Contains("functions: load-ta rpmb fs shm-alloc shm-free plugin socket gprof ftrace\n");
    }

    [Test]
    [Arguments("1", 1)]
    [Arguments("0", 0)]
    public async Task In_an_initrd_no_files_are_stored_where_they_would_vanish(string isInitrd, int expected)
    {
        (int exitCode, string output, _) = await BootProgram.RunAsync(
            "tee-supplicant --check -f /dev/shm/tpmready-store",
            new Dictionary<string, string>(StringComparer.Ordinal) { ["SYSTEMD_IN_INITRD"] = isInitrd });
        await Assert.That(exitCode).IsEqualTo(expected);
        await Assert.That(output.Contains(
            "problem: No files are stored: /dev/shm/tpmready-store lies on tmpfs", StringComparison.Ordinal))
            .IsEqualTo(expected == 1);
    }

    [Test]
    public async Task A_check_looks_and_creates_nothing()
    {
        string directory = Directory.CreateTempSubdirectory("tpmready-test-").FullName;
        (int exitCode, string output, _) =
            await BootProgram.RunAsync($"tee-supplicant --check -f {directory}/store -l {directory}");
        await Assert.That(exitCode).IsEqualTo(0);
        await Assert.That(output).Contains($"note: storage directory {directory}/store does not exist yet");
        await Assert.That(output).Contains($"good: TA directory {directory}");
        await Assert.That(Directory.GetFileSystemEntries(directory)).IsEmpty();

        File.WriteAllText(Path.Combine(directory, "file"), "");
        (exitCode, output, _) = await BootProgram.RunAsync($"tee-supplicant --check -f {directory}/file");
        await Assert.That(exitCode).IsEqualTo(1);
        await Assert.That(output).Contains($"problem: storage directory {directory}/file: ENOTDIR");
        Directory.Delete(directory, recursive: true);
    }

    [Test]
    public async Task Without_a_device_it_ends_and_says_why()
    {
        (int exitCode, string output, string error) = await BootProgram.RunAsync(NoDevice);
        await Assert.That(exitCode).IsEqualTo(1);
        await Assert.That(output).IsEqualTo("");
        await Assert.That(error).StartsWith("Using device /nonexistent/teepriv0.\n");
        await Assert.That(error).Contains(
            "tee-supplicant: error: /nonexistent/teepriv0: does not exist. Is the kernel's optee driver loaded?");
    }

    [Test]
    public async Task What_is_no_TEE_device_is_named()
    {
        (int exitCode, _, string error) =
            await BootProgram.RunAsync("tee-supplicant --no-plugins --wait-device=0 /dev/null");
        await Assert.That(exitCode).IsEqualTo(1);
        await Assert.That(error).Contains("/dev/null: is not a TEE device");
    }

    [Test]
    public async Task In_the_background_the_reason_comes_through_and_nothing_stays()
    {
        (int exitCode, _, string error) = await BootProgram.RunAsync(
            NoDevice.Replace("tee-supplicant", "tee-supplicant -d", StringComparison.Ordinal));
        await Assert.That(exitCode).IsEqualTo(1);
        await Assert.That(error).EndsWith(
            "tee-supplicant: /nonexistent/teepriv0: does not exist. Is the kernel's optee driver loaded?\n");
        await Assert.That(error.Split("does not exist").Length).IsEqualTo(2);
    }

    [Test]
    [Arguments(false)]
    [Arguments(true)]
    public async Task The_service_manager_hears_of_waiting_and_of_failing(bool isAbstract)
    {
        string directory = Directory.CreateTempSubdirectory("tpmready-test-").FullName;
        string name = isAbstract ? $"@tpmready-{Guid.NewGuid()}" : Path.Combine(directory, "notify");
        using Socket manager = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified)
        {
            ReceiveTimeout = 10_000,
        };
        manager.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + name[1..] : name));
        Dictionary<string, string> environment = new(StringComparer.Ordinal) { ["NOTIFY_SOCKET"] = name };
        await BootProgram.RunAsync(NoDevice, environment);

        await Assert.That(Receive(manager)).IsEqualTo("STATUS=Waiting for the device\n");
        await Assert.That(Receive(manager)).StartsWith("STATUS=/nonexistent/teepriv0: does not exist.");
        Directory.Delete(directory, recursive: true);
    }

    [Test]
    [Arguments(Terminate)]
    [Arguments(Interrupt)]
    public async Task A_signal_ends_the_wait_for_a_device(int signal)
    {
        Skip.When(signal == Interrupt && IsInterruptIgnored(), "SIGINT is ignored here, as in a shell's background job");
        using RunningProgram process = BootProgram.Start(NoDevice.Replace("=0", "=infinity", StringComparison.Ordinal));
        await WaitForLineAsync(process, "waiting");

        long start = Stopwatch.GetTimestamp();
        process.Signal(signal);
        await Assert.That(await process.WaitAsync()).IsEqualTo(0);
        await Assert.That(Stopwatch.GetElapsedTime(start)).IsLessThan(TimeSpan.FromSeconds(30));
    }

    // Programs inherit it, and one that was started so must not end by it (signal(7), POSIX "Shell & Utilities" 2.11).
    private static bool IsInterruptIgnored() => File.ReadLines("/proc/self/status")
        .Where(static line => line.StartsWith("SigIgn:", StringComparison.Ordinal))
        .Select(static line => ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture))
        .Any(static signals => (signals & (1ul << (Interrupt - 1))) != 0);

    [Test]
    public async Task A_hang_up_and_a_request_for_a_report_do_no_harm()
    {
        const int hangUp = 1;
        const int user = 10;
        using RunningProgram process = BootProgram.Start(NoDevice.Replace("=0", "=infinity", StringComparison.Ordinal));
        await WaitForLineAsync(process, "waiting");

        process.Signal(hangUp);
        process.Signal(user);
        await Task.Delay(500);
        string name = (await File.ReadAllTextAsync($"/proc/{process.Id}/comm")).Trim();
        await Assert.That(name).IsEqualTo("tee-supplicant");
        process.Signal(Terminate);
        await Assert.That(await process.WaitAsync()).IsEqualTo(0);
    }

    [Test]
    public async Task For_the_journal_each_line_has_its_level()
    {
        // The journal's stream is known by its device and inode, which a file has as well.
        string path = Path.GetTempFileName();
        string script = $"""
            exec 2>{path}
            export JOURNAL_STREAM=$(stat -L -c %d:%i /dev/fd/2)
            exec {BootProgram.Path} tee-supplicant --plugin-path=/dev/null --wait-device=0 /nonexistent/teepriv0
            """;
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", script]) { UseShellExecute = false })!;
        await shell.WaitForExitAsync();
        string[] lines = await File.ReadAllLinesAsync(path);

        await Assert.That(lines.Length).IsEqualTo(3);
        await Assert.That(lines[0]).StartsWith("<4>No plug-ins: /dev/null cannot be opened");
        await Assert.That(lines[1]).StartsWith("Using device ");
        await Assert.That(lines[2]).StartsWith("<3>/nonexistent/teepriv0: does not exist.");
        File.Delete(path);
    }

    private static async Task WaitForLineAsync(RunningProgram process, string wanted)
    {
        while (await process.Error.ReadLineAsync() is string line && !line.Contains(wanted, StringComparison.Ordinal))
        {
        }
    }

    private static string Receive(Socket socket)
    {
        byte[] buffer = new byte[1000];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}
