// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Text.Json;
using System.Threading.Tasks;

namespace TpmReady.Boot.Tests.Processes;

/// <summary>What the native executable shows while it runs, from inside its cage.</summary>
[NativeOnly]
public sealed class VisibleProcessTests
{
    private const int Terminate = 15;
    private const int User = 10;
    private const int SecondUser = 12;

    [Test]
    public async Task Counts_are_written_when_asked_and_at_the_end()
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("tpmready-test-").FullName, "stats.json");
        using FakeTee tee = new();
        tee.AddSlowRequest(seconds: 0);
        string line = $"{tee.CommandLine} --seccomp=kill --allow-path=/tmp --stats-file={file}";
        using RunningProgram process = BootProgram.Start(line, tee.Environment);
        tee.WaitForMessage("READY=1");
        process.Signal(User);
        tee.WaitForMessage("STATUS=");
        long asked = Requests(file);
        File.Delete(file);
        process.Signal(Terminate);
        await Assert.That(await process.WaitAsync()).IsEqualTo(0);
        await Assert.That(asked).IsGreaterThanOrEqualTo(0);
        await Assert.That(Requests(file)).IsEqualTo(1);
        Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
    }

    [Test]
    public async Task Tracing_is_switched_on_and_off_while_it_runs()
    {
        using FakeTee tee = new();
        using RunningProgram process = BootProgram.Start(tee.CommandLine, tee.Environment);
        tee.WaitForMessage("READY=1");
        process.Signal(SecondUser);
        await WaitForLineAsync(process, "Requests are traced from now on.");
        process.Signal(SecondUser);
        await WaitForLineAsync(process, "Requests are no longer traced.");
        process.Signal(Terminate);
        await Assert.That(await process.WaitAsync()).IsEqualTo(0);
    }

    private static long Requests(string file) =>
        JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("requests").GetInt64();

    private static async Task WaitForLineAsync(RunningProgram process, string wanted)
    {
        while (!(await process.Error.ReadLineAsync() ?? throw new EndOfStreamException(wanted))
            .Contains(wanted, StringComparison.Ordinal))
        {
        }
    }
}
