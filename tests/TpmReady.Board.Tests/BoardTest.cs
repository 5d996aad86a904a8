// SPDX-License-Identifier: MIT

using System;
using System.Threading.Tasks;

namespace TpmReady.Board.Tests;

/// <summary>What every whole-boot test shares: the built board, and boards started from it.</summary>
public abstract class BoardTest
{
    private static readonly Lazy<Task<BoardArtifacts>> Built = new(() => Repository.BuildBoardAsync());

    /// <summary>Objects and sequence numbers in tests are printed, so that a failure can be read without a debugger.</summary>
    protected static void Say(string line) => Console.WriteLine(line);

    /// <summary>Boots a board; skips the test where boards are switched off.</summary>
    protected static async Task<EmulatedBoard> StartAsync(BoardOptions options)
    {
        BoardArtifacts artifacts = await ArtifactsAsync();
        EmulatedBoard board = await EmulatedBoard.StartAsync(options, artifacts);
        Say($"board up after {board.AgentReadyAfter.TotalSeconds:0.0} s: {board.ReproduceCommand}");
        return board;
    }

    /// <summary>A machine as integrators have it: the packaged units in initrd and host, storage in an eMMC's RPMB.</summary>
    protected static BoardOptions Packaged(InitrdKind initrd) => new()
    {
        Firmware = FirmwareKind.Rpmb,
        Emmc = true,
        Supplicant = SupplicantKind.Units,
        Initrd = initrd,
        DriverAutoload = true,
    };

    /// <summary>What the board's systemd has logged since it booted.</summary>
    protected static Task<string> ReadJournalAsync(EmulatedBoard board) =>
        board.RunAsync("journalctl -b -o short-monotonic --no-pager");

    /// <summary>The board's parts.</summary>
    protected static Task<BoardArtifacts> ArtifactsAsync()
    {
        Skip.When(
            string.Equals(Environment.GetEnvironmentVariable("TPMREADY_TEST_BOARD"), "0", StringComparison.Ordinal),
            "boards are switched off (./test --no-board)");
        return Built.Value;
    }

    /// <summary>Loads the driver and waits for the node: what the story does, without the telling.</summary>
    protected static Task<string> LoadDriverAsync(EmulatedBoard board) =>
        board.RunAsync("modprobe tpm_ftpm_tee && " + Wait.ForNode("/dev/tpmrm0"));
}
