// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;

namespace TpmReady.Board.Tests;

/// <summary>
/// What xtest printed with each supplicant. The C supplicant's run depends on nothing of ours, so it is always kept;
/// ours only in the directory of TPMREADY_TEST_XTEST_KEEP, so that <c>bench/xtest</c> can go on where it was cut off. The
/// names have a hash of all that the run depends on.
/// </summary>
internal sealed class XtestRuns(BoardArtifacts artifacts, Func<BoardOptions, Task<EmulatedBoard>> start)
{
    /// <summary>What xtest printed, from an earlier run or from one that is made now.</summary>
    public async Task<XtestResult> OutputAsync(XtestSetup setup, SupplicantKind supplicant)
    {
        string? file = supplicant == SupplicantKind.C ? FileOfC(setup) : FileOfOurs(setup);
        if (file is not null && File.Exists(file))
        {
            return XtestResult.Parse(await File.ReadAllTextAsync(file));
        }

        string output = await RunAsync(setup, supplicant);
        if (file is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file + ".part", output);
            File.Move(file + ".part", file, overwrite: true);
        }

        return XtestResult.Parse(output);
    }

    private async Task<string> RunAsync(XtestSetup setup, SupplicantKind supplicant)
    {
        await using EmulatedBoard board = await start(setup.Board(supplicant));
        string output = (await board.TryRunAsync(setup.Script, setup.Limit)).Output;
        if (!XtestResult.Parse(output).Ended)
        {
            throw new BoardException(
                $"xtest did not come to its end; its last words: {output[Math.Max(0, output.Length - 4000)..]} "
                + board.Consoles());
        }

        return output;
    }

    private string FileOfC(XtestSetup setup) =>
        Path.Combine(Repository.Cache, "measurements", $"xtest-{setup.Name}-c-{Key(setup)}.log");

    private string? FileOfOurs(XtestSetup setup)
    {
        if (Environment.GetEnvironmentVariable("TPMREADY_TEST_XTEST_KEEP") is not string directory)
        {
            return null;
        }

        string program = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Repository.BootExecutable)));
        return Path.Combine(directory, $"xtest-{setup.Name}-ours-{Key(setup, program)}.log");
    }

    private string Key(XtestSetup setup, string program = "")
    {
        string flash = artifacts.Flash(setup.Firmware);
        string parts = string.Join(
            '\n', artifacts.Root, flash, artifacts.Kernel, artifacts.Qemu, setup.Script, program);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(parts)))[..20];
    }
}
