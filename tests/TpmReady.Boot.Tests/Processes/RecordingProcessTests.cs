// SPDX-License-Identifier: MIT

using System.IO;
using System.Threading.Tasks;

namespace TpmReady.Boot.Tests.Processes;

/// <summary>Recording in one process, replaying in another.</summary>
public sealed class RecordingProcessTests
{
    private const int Terminate = 15;

    [Test]
    [NativeOnly]
    public async Task What_one_process_recorded_another_serves_again()
    {
        string directory = Directory.CreateTempSubdirectory("tpmready-test-").FullName;
        using FakeTee tee = new();
        tee.AddSlowRequest(seconds: 0);
        string line = $"{tee.CommandLine} --seccomp=kill --allow-path=/tmp --record={directory}/recording";
        using RunningProgram process = BootProgram.Start(line, tee.Environment);
        tee.WaitForMessage("READY=1");
        while (tee.Answers.Length == 0)
        {
            await Task.Delay(10);
        }

        process.Signal(Terminate);
        await Assert.That(await process.WaitAsync()).IsEqualTo(0);

        string replay = $"{tee.CommandLine} --replay={directory}/recording";
        await Assert.That((await BootProgram.RunAsync(replay, tee.Environment)).Output)
            .IsEqualTo("1 the same, 0 different, 0 not replayed\n");
        await Assert.That(await BootProgram.RunAsync(replay + " --no-plugins", tee.Environment) is
            (0, "0 the same, 0 different, 1 not replayed\n", _)).IsTrue();
        Directory.Delete(directory, recursive: true);
    }

    [Test]
    public async Task What_is_no_recording_is_named()
    {
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "something else");
        (int exitCode, _, string error) =
            await BootProgram.RunAsync($"tee-supplicant --no-plugins -f /nonexistent --replay={file}");
        await Assert.That(exitCode).IsEqualTo(1);
        await Assert.That(error).IsEqualTo(
            $"tee-supplicant: {file}: it is no recording, or one of another version\n");
        File.Delete(file);
        (exitCode, _, error) = await BootProgram.RunAsync($"tee-supplicant --no-plugins --replay={file}");
        await Assert.That(exitCode).IsEqualTo(1);
        await Assert.That(error).Contains(file);
    }
}
