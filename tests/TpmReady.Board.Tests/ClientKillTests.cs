// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Board.Guest;

namespace TpmReady.Board.Tests;

/// <summary>Clients that are killed in the middle of their requests cost the supplicant nothing.</summary>
public sealed class ClientKillTests : BoardTest
{
    private const int Seconds = 120;

    [Test]
    public async Task Two_minutes_of_killed_clients_leave_the_daemon_alive_and_no_larger()
    {
        await using EmulatedBoard board = await StartAsync(new BoardOptions { Init = InitKind.Plain });
        string pid = (await board.RunAsync("pgrep -x tee-supplicant")).Trim();

        await board.RunAsync("/opt/board/bin/board-storage write before-kills 1000 1");
        await KillClientsAsync(board, 20);
        Dictionary<string, long> before = await UsageAsync(board, pid);
        string kills = await KillClientsAsync(board, Seconds);
        Dictionary<string, long> after = await UsageAsync(board, pid);
        Say($"{kills.Trim()} clients killed in {Seconds} s; before: {Format(before)}; after: {Format(after)}");

        await Assert.That((await board.RunAsync("pgrep -x tee-supplicant")).Trim()).IsEqualTo(pid);
        await Assert.That(after["threads"]).IsLessThanOrEqualTo(before["threads"] + 2);

        // What is left over is what the kernel never lets us free: a dying client cannot wait, so OP-TEE's SHM_FREE and CLOSE on
        // its behalf are dropped before they are queued (optee_supp_thrd_req returns at once on a fatal signal).
        // A killed client has one call in flight: one buffer for it or its TA, the object and the index.
        long killed = long.Parse(kills.Trim(), CultureInfo.InvariantCulture);
        long buffers = after["shared"] - before["shared"];
        long files = after["files"] - before["files"];
        await Assert.That(buffers).IsLessThanOrEqualTo(2 * killed);
        await Assert.That(files).IsLessThanOrEqualTo(2 * killed);
        await Assert.That(after["descriptors"] - before["descriptors"]).IsLessThanOrEqualTo(buffers + files + 4);
        await Assert.That(after["kilobytes"] - before["kilobytes"])
            .IsLessThanOrEqualTo((buffers * (before["application"] + 4)) + 512);

        // A client that dies within a commit must not take the index of the whole store with it.
        await Assert.That(await board.RunAsync("sleep 1; ls /var/lib/optee-client/data/tee")).DoesNotContain("removed");
        await Assert.That(await board.RunAsync("/opt/board/bin/board-storage read before-kills")).Contains("before-kills 1 1000");

        // And it still serves.
        await board.RunAsync("/opt/board/bin/board-storage write after-kills 1000 1");
        await Assert.That(await board.RunAsync("/opt/board/bin/board-storage read after-kills")).Contains("after-kills 1 1000");
    }

    [Test]
    public async Task The_C_supplicant_does_not_survive_killed_clients()
    {
        await using EmulatedBoard board = await StartAsync(
            new BoardOptions { Supplicant = SupplicantKind.C, Init = InitKind.Plain });
        string pid = (await board.RunAsync("pgrep -x tee-supplicant")).Trim();

        // Until it has died, or two minutes have shown that it does not.
        ScriptResult survived = await board.TryRunAsync(
            $"""
            for i in $(seq 120); do
              /opt/board/bin/board-storage churn 4 20000 >/dev/null 2>&1 & client=$!
              sleep 0.$((RANDOM % 9)); kill -KILL $client; wait $client 2>/dev/null
              [ -e /proc/{pid} ] || exit 1
            done
            """);
        Say($"the C supplicant {(survived.Succeeded ? "survived" : "died")}");
        await Assert.That(survived.Succeeded).IsFalse();
    }

    private static Task<string> KillClientsAsync(EmulatedBoard board, int seconds) =>
        board.RunAsync(
            $"""
            end=$((SECONDS + {seconds.ToString(CultureInfo.InvariantCulture)})); kills=0
            while [ $SECONDS -lt $end ]; do
              /opt/board/bin/board-storage hold killed >/dev/null 2>&1 & first=$!
              /opt/board/bin/board-storage churn 4 20000 >/dev/null 2>&1 & second=$!
              sleep 0.$((RANDOM % 9))
              # One that has ended by itself counts as none.
              for client in $first $second; do kill -KILL $client 2>/dev/null && kills=$((kills + 1)); done
              wait $first $second 2>/dev/null
            done
            echo $kills
            """);

    private static async Task<Dictionary<string, long>> UsageAsync(EmulatedBoard board, string pid)
    {
        string text = await board.RunAsync(
            $"""
            sleep 3
            echo descriptors $(ls /proc/{pid}/fd | wc -l)
            echo shared $(ls -l /proc/{pid}/fd | grep -c tee_shm)
            echo files $(ls -l /proc/{pid}/fd | grep -c /data/tee/)
            echo application $(du -k --apparent-size -L /run/board/ta/28b9e847-7db7-42e4-b1b6-c62f0e9d08b9.ta | cut -f1)
            echo threads $(ls /proc/{pid}/task | wc -l)
            echo kilobytes $(awk '/^Private_Dirty/ {"{"}sum += $2{"}"} END {"{"}print sum{"}"}' /proc/{pid}/smaps)
            """);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .ToDictionary(words => words[0], words => long.Parse(words[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
    }

    private static string Format(Dictionary<string, long> usage) =>
        string.Join(", ", usage.Select(pair => FormattableString.Invariant($"{pair.Value} {pair.Key}")));
}
