// SPDX-License-Identifier: MIT

using System.Globalization;
using System.IO;
using System.Threading.Tasks;
using TpmReady.Board.Guest;

namespace TpmReady.Board.Tool;

/// <summary>First light: boots a board, brings its TPM up, and tells when what happened.</summary>
internal static class Story
{
    /// <summary>Prints the story. Times are the guest's own, in seconds since its kernel started.</summary>
    /// <returns>0 when the TPM answered.</returns>
    /// <exception cref="BoardException">A step failed; the message says which and what the board said.</exception>
    public static async Task<int> TellAsync(BoardOptions options, TextWriter writer)
    {
        BoardArtifacts artifacts = await Repository.BuildBoardAsync().ConfigureAwait(false);
        await writer.WriteLineAsync("Booting a board: QEMU, Trusted Firmware-A, OP-TEE, Linux, systemd.")
            .ConfigureAwait(false);
        EmulatedBoard board = await EmulatedBoard.StartAsync(options, artifacts).ConfigureAwait(false);
        await using (board.ConfigureAwait(false))
        {
            await TellBootAsync(board, writer).ConfigureAwait(false);
            await TellTpmAsync(board, writer).ConfigureAwait(false);
            await board.PowerOffAsync().ConfigureAwait(false);
            await writer.WriteLineAsync("The board switched itself off.").ConfigureAwait(false);
            await writer.WriteLineAsync($"Boot it yourself: {board.ReproduceCommand}").ConfigureAwait(false);
        }

        return 0;
    }

    private static async Task TellBootAsync(EmulatedBoard board, TextWriter writer)
    {
        string unit = board.Options.Supplicant == SupplicantKind.C ? "board-c-supplicant" : "board-supplicant";
        string who = board.Options.Supplicant == SupplicantKind.C ? "Debian's tee-supplicant" : "our tee-supplicant";
        await board.WaitForSystemAsync().ConfigureAwait(false);
        await board.RunAsync($"systemctl is-active {unit}").ConfigureAwait(false);
        string ready = await board.RunAsync($"systemctl show -P ActiveEnterTimestampMonotonic {unit}").ConfigureAwait(false);
        await LineAsync(writer, Microseconds(ready), $"{who} is ready").ConfigureAwait(false);
        string status = await board.RunAsync($"systemctl show -P StatusText {unit}").ConfigureAwait(false);
        if (status.Trim().Length > 0)
        {
            await writer.WriteLineAsync($"             it says: {status.Trim()}").ConfigureAwait(false);
        }
    }

    private static async Task TellTpmAsync(EmulatedBoard board, TextWriter writer)
    {
        string loaded = await board.RunAsync("cut -d' ' -f1 /proc/uptime && modprobe tpm_ftpm_tee").ConfigureAwait(false);
        await LineAsync(writer, Seconds(loaded), "the fTPM driver is being loaded").ConfigureAwait(false);
        ScriptResult node = await board.TryRunAsync(
            "for i in {1..600}; do [ -e /dev/tpmrm0 ] && exec cut -d' ' -f1 /proc/uptime; sleep 0.1; done; exit 1")
            .ConfigureAwait(false);
        if (!node.Succeeded)
        {
            throw new BoardException($"/dev/tpmrm0 did not appear. {board.Consoles()}");
        }

        await LineAsync(writer, Seconds(node.Output), "/dev/tpmrm0 is there").ConfigureAwait(false);
        string answered = await board.RunAsync("tpm2_readclock >/dev/null && cut -d' ' -f1 /proc/uptime")
            .ConfigureAwait(false);
        await LineAsync(writer, Seconds(answered), "the TPM answered its first command").ConfigureAwait(false);

        await QuoteAsync(board, writer, "tpm2_getcap properties-fixed | sed -n 1,12p").ConfigureAwait(false);
        await QuoteAsync(board, writer, "tpm2_pcrread sha256:0,1,2,3,4,5,6,7").ConfigureAwait(false);
    }

    private static async Task QuoteAsync(EmulatedBoard board, TextWriter writer, string command)
    {
        string output = await board.RunAsync("set -o pipefail; " + command).ConfigureAwait(false);
        await writer.WriteLineAsync($"$ {command}").ConfigureAwait(false);
        foreach (string line in output.TrimEnd().Split('\n'))
        {
            await writer.WriteLineAsync("  " + line).ConfigureAwait(false);
        }
    }

    private static Task LineAsync(TextWriter writer, double seconds, string text) =>
        writer.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{seconds,8:0.00} s   {text}"));

    private static double Seconds(string text) => double.Parse(text.Trim(), CultureInfo.InvariantCulture);

    private static double Microseconds(string text) => Seconds(text) / 1_000_000;
}
