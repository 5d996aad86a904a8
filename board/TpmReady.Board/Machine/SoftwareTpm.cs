// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace TpmReady.Board.Machine;

/// <summary>
/// The chip behind the board's TPM: a swtpm on this machine, which the board's TA reaches through the supplicant, and a
/// board without a secure world as a device.
/// A board reset resets it, so each boot has its own process; its state belongs to the board.
/// </summary>
internal sealed class SoftwareTpm : IDisposable
{
    private readonly Process _process;

    private SoftwareTpm(Process process) => _process = process;

    /// <summary>Starts swtpm and waits until its socket is there.</summary>
    public static async Task<SoftwareTpm> StartAsync(
        BoardOptions options, BoardFiles files, CancellationToken cancellation)
    {
        Process process = ChildProcess.Start(
            "swtpm",
            [
                "socket", "--tpmstate", $"dir={files.TpmState}",
                .. options is { Firmware: FirmwareKind.Uefi, Chip: ChipKind.Tpm12 } ? [] : (string[])["--tpm2"],
                .. Socket(options, files),
            ],
            files.TpmLog);
        SoftwareTpm tpm = new(process);
        long started = Stopwatch.GetTimestamp();
        while (!File.Exists(files.TpmSocket))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(30))
            {
                tpm.Dispose();
                throw new BoardException("swtpm did not start: " + await File.ReadAllTextAsync(files.TpmLog, cancellation)
                    .ConfigureAwait(false));
            }

            await Task.Delay(20, cancellation).ConfigureAwait(false);
        }

        return tpm;
    }

    // The emulator's chip starts the TPM itself, over a socket for control; the TA wants one that runs.
    private static string[] Socket(BoardOptions options, BoardFiles files) => options.Firmware == FirmwareKind.Uefi
        ? ["--ctrl", $"type=unixio,path={files.TpmSocket}"]
        : ["--server", $"type=unixio,path={files.TpmSocket}", "--flags", "not-need-init,startup-clear"];

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
