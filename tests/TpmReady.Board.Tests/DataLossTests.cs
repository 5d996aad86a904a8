// SPDX-License-Identifier: MIT

using System.Threading.Tasks;
using TpmReady.Board.Guest;

namespace TpmReady.Board.Tests;

/// <summary>
/// A supplicant that runs out of descriptors for a moment: OP-TEE removes or re-creates its index when an open fails with a
/// soft error (ree_fs_open_primitive and open_dirh in OP-TEE's core/tee/tee_ree_fs.c).
/// </summary>
public sealed class DataLossTests : BoardTest
{
    [Test]
    public async Task Without_descriptors_the_C_supplicant_loses_the_store() =>
        await Assert.That(await ObjectSurvivesAsync(SupplicantKind.C)).IsFalse();

    [Test]
    public async Task Without_descriptors_ours_loses_nothing() =>
        await Assert.That(await ObjectSurvivesAsync(SupplicantKind.Ours)).IsTrue();

    private static async Task<bool> ObjectSurvivesAsync(SupplicantKind supplicant)
    {
        using StateDirectory state = new();
        BoardOptions options = new() { Supplicant = supplicant, Init = InitKind.Plain, StateDirectory = state.Path };
        await using (EmulatedBoard board = await StartAsync(options))
        {
            await board.RunAsync("/opt/board/bin/board-storage write precious 2000 42");
            string limits = await board.RunAsync(
                """
                pid=$(pgrep -x tee-supplicant)
                soft=$(prlimit --pid $pid --nofile --output SOFT --noheadings)
                hard=$(prlimit --pid $pid --nofile --output HARD --noheadings)
                idle=$(ls /proc/$pid/fd | sort -n | tail -n 1)

                # A client with an open session, so that only storage is at stake; then no descriptor left, one, two, three.
                for spare in 0 1 2 3; do
                  /opt/board/bin/board-storage churn 4 2000 >/tmp/churn 2>&1 & churn=$!
                  for i in $(seq 300); do grep -q ack /tmp/churn && break; sleep 0.1; done
                  prlimit --pid $pid --nofile=$((idle + 1 + spare)):$hard
                  sleep 3
                  prlimit --pid $pid --nofile=$soft:$hard
                  sleep 2
                  kill $churn 2>/dev/null; wait $churn; echo "spare $spare: ended with $?; $(tail -n 1 /tmp/churn);"
                done
                sync
                """);
            Say($"{supplicant} without descriptors: {limits.Replace('\n', ' ')}");
        }

        await using EmulatedBoard again = await StartAsync(options);
        ScriptResult read = await again.TryRunAsync("/opt/board/bin/board-storage read precious");
        Say($"{supplicant} after the next boot: {read.Output.Trim()} ({read.ExitCode})");
        return read.Succeeded;
    }
}
