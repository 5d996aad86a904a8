// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

namespace TpmReady.Board.Tests;

/// <summary>
/// The supplicant is killed again and again while clients store objects; the service manager keeps its descriptors.
/// </summary>
public sealed partial class CrashTests : BoardTest
{
    private static readonly int Kills = int.Parse(
        Environment.GetEnvironmentVariable("TPMREADY_TEST_KILLS") ?? "30", CultureInfo.InvariantCulture);

    [Test]
    [Arguments(SupplicantKind.Ours)]
    [Arguments(SupplicantKind.C)]
    public async Task Killed_supplicants_are_followed_without_a_failed_request(SupplicantKind supplicant)
    {
        await using EmulatedBoard board = await StartAsync(new BoardOptions { Supplicant = supplicant });
        await board.WaitForSystemAsync();
        string unit = supplicant == SupplicantKind.Ours ? "board-supplicant" : "board-c-supplicant";
        string result = await board.RunAsync(Script(unit));
        Say($"{supplicant}: {result.Trim()}");
        Match match = Result().Match(result);
        await Assert.That(match.Success).IsTrue();
        int failed = int.Parse(match.Groups["failed"].ValueSpan, CultureInfo.InvariantCulture);
        int restarts = int.Parse(match.Groups["restarts"].ValueSpan, CultureInfo.InvariantCulture);
        int acknowledged = int.Parse(match.Groups["acknowledged"].ValueSpan, CultureInfo.InvariantCulture);
        int stuck = int.Parse(match.Groups["stuck"].ValueSpan, CultureInfo.InvariantCulture);
        if (supplicant == SupplicantKind.C)
        {
            // A client that is in the secure world when the C daemon dies keeps the node busy, and waits for ever.
            await Assert.That(failed + stuck).IsGreaterThan(0);
            return;
        }

        string log = await board.RunAsync("journalctl -b -u board-supplicant -o cat | grep -a 'Went on' | tail -n 3");
        Say(log.Trim());
        await Assert.That(failed).IsEqualTo(0);
        await Assert.That(stuck).IsEqualTo(0);
        await Assert.That(restarts).IsGreaterThanOrEqualTo(Kills);
        await Assert.That(acknowledged).IsGreaterThan(Kills);
        await Assert.That(board.SecureLog).DoesNotContain("panicked");
        await Assert.That(board.SecureLog).DoesNotContain("Remove corrupt file");

        // And the TPM, whose state lies in the same store, works.
        await LoadDriverAsync(board);
        await board.RunAsync("tpm2_readclock");
    }

    /// <summary>
    /// One client writes twenty objects a session, the other loads the TA anew for each. Whatever ends otherwise than well
    /// is a failure.
    /// </summary>
    private static string Script(string unit) =>
        $$"""
        mkdir -p /run/systemd/system/{{unit}}.service.d
        cat >/run/systemd/system/{{unit}}.service.d/keep.conf <<EOF
        [Unit]
        StartLimitIntervalSec=0
        [Service]
        Restart=always
        RestartSec=50ms
        FileDescriptorStoreMax=4096
        EOF
        systemctl daemon-reload
        systemctl restart {{unit}}
        rm -f /tmp/crash-*
        client() {
          while [ ! -e /tmp/crash-end ]; do
            /opt/board/bin/board-storage "$@" >>/tmp/crash-acks-$1-$2 2>>/tmp/crash-errors \
              || [ -e /tmp/crash-end ] || echo "$* $?" >>/tmp/crash-failed
          done
        }
        client churn 4 2000 0 20 & churn=$!
        client write crash 3000 1 & write=$!
        sleep 3
        for i in $(seq {{Kills.ToString(CultureInfo.InvariantCulture)}}); do
          sleep 0.$((RANDOM % 9))
          systemctl kill -s KILL {{unit}}
          for j in $(seq 200); do systemctl is-active -q {{unit}} && break; sleep 0.05; done
        done
        touch /tmp/crash-end
        for i in $(seq 200); do kill -0 $churn 2>/dev/null || kill -0 $write 2>/dev/null || break; sleep 0.1; done
        stuck=0
        for client in $churn $write; do kill -0 $client 2>/dev/null && stuck=$((stuck + 1)); done
        echo "failed $(cat /tmp/crash-failed 2>/dev/null | wc -l), stuck $stuck, restarts $(systemctl show -P NRestarts {{unit}})," \
          "acknowledged $(cat /tmp/crash-acks-* | grep -c ack); $(head -n 3 /tmp/crash-errors | tr '\n' ';')"
        """;

    [GeneratedRegex(
        "failed (?<failed>[0-9]+), stuck (?<stuck>[0-9]+), restarts (?<restarts>[0-9]+), "
            + "acknowledged (?<acknowledged>[0-9]+)",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex Result();
}
