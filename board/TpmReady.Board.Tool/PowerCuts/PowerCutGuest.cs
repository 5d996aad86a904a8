// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Board.Disks;
using TpmReady.Board.Guest;

namespace TpmReady.Board.Tool.PowerCuts;

/// <summary>One boot of a series: what its clients read and write.</summary>
internal sealed class PowerCutGuest(EmulatedBoard board, PowerCutPlan plan)
{
    private const string Client = "/opt/board/bin/board-storage";
    private const string Counter = "0x1500017";
    private const string ReadCounter = $"tpm2_nvread -s 8 {Counter} 2>/dev/null | od -An -tx1 | tr -d ' \\n'";
    private const string Mounted = "/var/lib/optee-client/data/tee";

    // Written in place, so that a cut can come between the blocks of one write.
    private const string Large = "large";
    private const int LargeBlocks = 16;

    // A client that has written nothing after so long never will: a write takes a fraction of a second.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly List<Script> _writers = [];
    private int _secureLogRead;

    /// <summary>What the clients have been told so far.</summary>
    public string Answers => string.Concat(_writers.Select(writer => writer.Output));

    /// <summary>Makes sure that this boot is what the row will say it is.</summary>
    public async Task PrepareAsync()
    {
        if (plan.Board.Supplicant == SupplicantKind.Ours)
        {
            await board.RunAsync(
                $"tr '\\0' '\\n' </proc/$(pgrep -x tee-supplicant)/environ | grep -x TEE_SUPPLICANT_FS_SYNC={plan.Mode}")
                .ConfigureAwait(false);
        }
    }

    /// <summary>Makes what the clients write to in every boot.</summary>
    /// <returns>The answer.</returns>
    public async Task<string> FillAsync()
    {
        await board.RunAsync($"mountpoint -q {Mounted}").ConfigureAwait(false);
        await LoadTpmAsync().ConfigureAwait(false);

        // Without no_da three power cuts lock the index: a TPM that was not shut down counts a failed try (DAStartup).
        await board.RunAsync($"tpm2_nvdefine -s 8 -a 'authread|authwrite|no_da|nt=counter' {Counter}").ConfigureAwait(false);
        return await board.RunAsync($"{Client} write {Large} {LargeBlocks * 4096} 1").ConfigureAwait(false);
    }

    /// <summary>Reads everything that was acknowledged, and writes a new object.</summary>
    public async Task<PowerCutCheck> CheckAsync(Acknowledged acknowledged)
    {
        string names = string.Join(' ', acknowledged.Objects);
        ScriptResult result = await board.TryRunAsync(
            $"""
            mountpoint -q {Mounted} || echo unmounted
            for name in {names}; do {Client} read $name; echo "exit $name $?"; done
            {Client} write after-a-cut 3000 {acknowledged.Next}; echo "exit after-a-cut $?"
            """).ConfigureAwait(false);
        Findings findings = acknowledged.Compare(result.Output);
        acknowledged.Note(result.Output);
        bool opens = result.Output.Contains("exit after-a-cut 0\n", StringComparison.Ordinal)
            && !result.Output.Contains("unmounted\n", StringComparison.Ordinal);
        string words = findings.Words + (opens ? "" : " The store takes no new object: " + OneLine(result.Output));
        string secure = board.SecureLog;
        foreach (string alarm in new[] { "Remove corrupt file", "panicked" })
        {
            bool raised = secure.IndexOf(alarm, Math.Min(_secureLogRead, secure.Length), StringComparison.Ordinal) >= 0;
            words += raised ? $" The secure world said: {alarm}." : "";
        }

        _secureLogRead = secure.Length;
        return new PowerCutCheck(findings.Checked, findings.Lost, findings.Damaged, opens, words.Trim());
    }

    /// <summary>Whether the TPM came up with every count that it had acknowledged.</summary>
    public async Task<bool> TpmHasCountedAsync(Acknowledged acknowledged)
    {
        await LoadTpmAsync().ConfigureAwait(false);
        ScriptResult result = await board.TryRunAsync($"echo \"counter $({ReadCounter})\"").ConfigureAwait(false);
        return acknowledged.HasCounted(result.Output);
    }

    /// <summary>Gives the store another medium: nobody uses it meanwhile, and the secure world has it closed.</summary>
    public async Task ChangeAsync(VolatileDisk disk, string image)
    {
        await board.RunAsync(
            $"""
            pkill -TERM -x tee-supplicant
            while pgrep -x tee-supplicant >/dev/null; do sleep 0.05; done
            umount {Mounted} || ! mountpoint -q {Mounted}
            """).ConfigureAwait(false);
        disk.Change(image);
        string kind = plan.Board.Supplicant == SupplicantKind.Ours ? "ours" : "c";

        // Where a file system cannot be mounted the check says so.
        await board.RunAsync(
            $"""
            disk=/dev/$(grep -lx store /sys/block/vd*/serial | cut -d/ -f4)
            blockdev --flushbufs $disk
            mount -t {plan.FileSystem} $disk {Mounted}
            setsid /opt/board/supplicant {kind} </dev/null >/dev/null 2>&1 &
            """).ConfigureAwait(false);

        // The TPM's driver does not wait for a supplicant: its TA would panic.
        await board.RunAsync(
            "for i in $(seq 600); do ls -l /proc/$(pgrep -x tee-supplicant)/fd 2>/dev/null | grep -q teepriv && exit 0; "
            + "sleep 0.05; done; exit 1").ConfigureAwait(false);
    }

    /// <summary>Starts the clients and waits until each of them has had an answer.</summary>
    /// <exception cref="BoardException">A client ended, or has had no answer.</exception>
    public async Task WriteAsync(Acknowledged acknowledged, bool withTpm)
    {
        ulong next = acknowledged.Next;
        if (withTpm)
        {
            await LoadTpmAsync().ConfigureAwait(false);
            await StartAsync($"while tpm2_nvincrement {Counter} 2>/dev/null; do echo \"counter $({ReadCounter})\"; done")
                .ConfigureAwait(false);
        }

        await StartAsync($"{Client} churn 3 3000 {next}").ConfigureAwait(false);
        await StartAsync($"{Client} update {Large} {LargeBlocks} {next} 1000000").ConfigureAwait(false);
        long started = Stopwatch.GetTimestamp();
        while (!_writers.TrueForAll(writer => Acknowledged.Any(writer.Output) || Acknowledged.AnyCount(writer.Output)))
        {
            if (Stopwatch.GetElapsedTime(started) > Patience || _writers.Any(writer => writer.Completion.IsCompleted))
            {
                throw new BoardException("writing ended by itself: " + OneLine(Answers));
            }

            await Task.Delay(20).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until everything has been read that the clients had printed when the power went.</summary>
    public async Task ReadLastWordsAsync()
    {
        foreach (Script writer in _writers)
        {
            try
            {
                await writer.Completion.ConfigureAwait(false);
            }
            catch (BoardException)
            {
                // The board is gone, and with it the port.
            }
        }
    }

    private static string OneLine(string text) => text.Trim().ReplaceLineEndings(" ").Replace('|', '/');

    private async Task StartAsync(string script) => _writers.Add(await board.StartScriptAsync(script).ConfigureAwait(false));

    private Task<string> LoadTpmAsync() => board.RunAsync(
        "modprobe tpm_ftpm_tee; for i in $(seq 600); do [ -e /dev/tpmrm0 ] && exit 0; sleep 0.1; done; exit 1");
}
