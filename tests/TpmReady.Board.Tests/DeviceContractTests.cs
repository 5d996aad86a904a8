// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using TpmReady.Board.Guest;

namespace TpmReady.Board.Tests;

/// <summary>The contract that the fake kernel of the unit tests keeps, against the real driver.</summary>
public sealed class DeviceContractTests : BoardTest
{
    [Test]
    public async Task The_real_kernel_keeps_the_fake_kernels_contract()
    {
        _ = await ArtifactsAsync();
        string program = await PublishAsync();
        await using EmulatedBoard board = await StartAsync(new BoardOptions
        {
            // The contract must have the device to itself, and OP-TEE must not ask for anything on its own.
            Firmware = FirmwareKind.Before,
            Supplicant = SupplicantKind.None,
            Init = InitKind.Plain,
            ExtraFiles = new Dictionary<string, string>(System.StringComparer.Ordinal) { ["bin/board-contract"] = program },
        });
        ScriptResult result = await board.TryRunAsync("timeout 300 /opt/board/bin/board-contract");
        Say(result.Output.Trim());

        await Assert.That(result.Output).Contains("the kernel keeps the contract");
        await Assert.That(result.ExitCode).IsEqualTo(0);
    }

    private static async Task<string> PublishAsync()
    {
        string script = Path.Combine(Repository.Root, "board", "publish-contract");
        var start = new ProcessStartInfo(script) { UseShellExecute = false, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        await Assert.That(process.ExitCode).IsEqualTo(0).Because(output);
        return Path.Combine(Repository.Root, "artifacts", "board-contract", "board-contract");
    }
}
