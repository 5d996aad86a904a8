// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;

namespace TpmReady.Board.Tests;

/// <summary>OP-TEE's own test suite, with our supplicant and with the C one.</summary>
public sealed class XtestComparisonTests : BoardTest
{
    // Emulated, two boards side by side, on a busy machine: an hour is far beyond what was ever seen.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(60);

    [Test]
    public async Task Every_case_that_passes_with_the_C_supplicant_passes_with_ours()
    {
        Task<string> theirs = OutputWithCAsync();
        Task<string> ours = OutputAsync(SupplicantKind.Ours);
        XtestResult c = XtestResult.Parse(await theirs);
        XtestResult o = XtestResult.Parse(await ours);
        Say($"xtest -l 0 with the C supplicant: {c}; failed: {string.Join(' ', c.Failed)}");
        Say($"xtest -l 0 with ours:             {o}; failed: {string.Join(' ', o.Failed)}");

        string[] lost = [.. c.Passed.Except(o.Passed, StringComparer.Ordinal)];
        await Assert.That(c.Passed.Count).IsGreaterThan(100);
        await Assert.That(lost).IsEmpty();
    }

    private static async Task<string> OutputAsync(SupplicantKind supplicant)
    {
        await using EmulatedBoard board = await StartAsync(
            new BoardOptions { Supplicant = supplicant, Init = InitKind.Plain });
        string output = (await board.TryRunAsync("xtest -l 0 2>&1", Limit)).Output;
        if (XtestResult.Parse(output).Passed.Count == 0)
        {
            throw new BoardException($"xtest gave no verdicts; its last words: {output[Math.Max(0, output.Length - 4000)..]} "
                + board.Consoles());
        }

        return output;
    }

    /// <summary>
    /// The C supplicant's run depends on nothing of ours, so it is kept, under the names of the parts it ran on
    /// (each name holds a hash of the part's contents).
    /// </summary>
    private static async Task<string> OutputWithCAsync()
    {
        BoardArtifacts artifacts = await ArtifactsAsync();
        string parts = string.Join('\n', artifacts.Root, artifacts.Flash(FirmwareKind.After), artifacts.Kernel, artifacts.Qemu);
        string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(parts)))[..20];
        string file = Path.Combine(Repository.Cache, "measurements", $"xtest-c-{key}.log");
        if (File.Exists(file))
        {
            return await File.ReadAllTextAsync(file);
        }

        string output = await OutputAsync(SupplicantKind.C);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file + ".part", output);
        File.Move(file + ".part", file, overwrite: true);
        return output;
    }
}
