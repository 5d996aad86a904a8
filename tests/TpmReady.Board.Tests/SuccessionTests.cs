// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

namespace TpmReady.Board.Tests;

/// <summary>
/// The supplicant is replaced again and again while clients store objects and write the TPM's NV memory: ours by
/// <c>systemctl reload</c>, the C daemon by the only way that it has, <c>systemctl restart</c>.
/// </summary>
public sealed partial class SuccessionTests : BoardTest
{
    // One pause ends after a second at the latest (Predecessor.LongestPause); the rest is the successor's start.
    private const double LongestPause = 1500;

    private static readonly int Successions = int.Parse(
        Environment.GetEnvironmentVariable("TPMREADY_TEST_RELOADS") ?? "40", CultureInfo.InvariantCulture);

    [Test]
    [Arguments(SupplicantKind.Ours)]
    [Arguments(SupplicantKind.C)]
    public async Task Clients_do_not_notice_that_the_supplicant_is_replaced(SupplicantKind supplicant)
    {
        await using EmulatedBoard board = await StartAsync(new BoardOptions { Supplicant = supplicant });
        await board.WaitForSystemAsync();
        await LoadDriverAsync(board);
        bool isOurs = supplicant == SupplicantKind.Ours;
        string unit = isOurs ? "board-supplicant" : "board-c-supplicant";
        string result = await board.RunAsync(Script(unit, isOurs ? "reload" : "restart"), TimeSpan.FromMinutes(25));
        Say($"{supplicant}: {result.Trim()}");
        Match match = Result().Match(result);
        await Assert.That(match.Success).IsTrue();
        int failed = Number(match, "failed");
        int stuck = Number(match, "stuck");
        if (!isOurs)
        {
            await Assert.That(failed + stuck).IsGreaterThan(0);
            return;
        }

        string log = await board.RunAsync($"journalctl -b -u {unit} -o cat");
        List<double> pauses = Times(log, "pause");
        List<double> own = Times(log, "own");
        Say($"nobody received, ms: {Describe(pauses)}; of it after the requests in hand were answered: {Describe(own)}");
        await Assert.That(failed).IsEqualTo(0);
        await Assert.That(stuck).IsEqualTo(0);
        await Assert.That(Number(match, "refused")).IsEqualTo(0).Because(log);
        await Assert.That(pauses.Count).IsEqualTo(Successions);
        await Assert.That(pauses[^1]).IsLessThan(LongestPause);
        await Assert.That(Number(match, "processes")).IsEqualTo(Successions + 1);
        await Assert.That(Number(match, "restarts")).IsEqualTo(0);
        await Assert.That(Number(match, "acknowledged")).IsGreaterThan(Successions);
        await Assert.That(board.SecureLog).DoesNotContain("panicked");
        await Assert.That(board.SecureLog).DoesNotContain("Remove corrupt file");
        await board.RunAsync("tpm2_readclock");
    }

    private static int Number(Match match, string name) =>
        int.Parse(match.Groups[name].ValueSpan, CultureInfo.InvariantCulture);

    private static List<double> Times(string log, string name) => [.. Pause().Matches(log)
        .Select(each => double.Parse(each.Groups[name].ValueSpan, CultureInfo.InvariantCulture)).Order()];

    private static string Describe(List<double> sorted) =>
        $"p50 {At(sorted, 0.5)}, p99 {At(sorted, 0.99)}, max {At(sorted, 1)}, of {sorted.Count}";

    private static string At(List<double> sorted, double share) => sorted.Count == 0
        ? "none"
        : sorted[(int)Math.Ceiling(share * sorted.Count) - 1].ToString("0.0", CultureInfo.InvariantCulture);

    /// <summary>
    /// One client writes twenty objects a session, one loads the TA anew for each, one writes and reads the TPM's NV memory.
    /// Whatever ends otherwise than well is a failure.
    /// </summary>
    private static string Script(string unit, string verb) =>
        $$"""
        mkdir -p /run/systemd/system/{{unit}}.service.d
        printf '[Unit]\nStartLimitIntervalSec=0\n[Service]\nFileDescriptorStoreMax=4096\nLogRateLimitIntervalSec=0\n' \
          >/run/systemd/system/{{unit}}.service.d/keep.conf
        systemctl daemon-reload
        tpm2_nvdefine -s 8 0x1500016 >/dev/null
        rm -f /tmp/succession-*
        client() {
          while [ ! -e /tmp/succession-end ]; do
            "$@" >>/tmp/succession-acks 2>>/tmp/succession-errors \
              || [ -e /tmp/succession-end ] || echo "$* $?" >>/tmp/succession-failed
          done
        }
        nv() {
          number=$(printf %08d $((RANDOM * 1000)))
          echo -n $number | tpm2_nvwrite -i - 0x1500016 && [ "$(tpm2_nvread -s 8 0x1500016)" = $number ] && echo ack
        }
        client /opt/board/bin/board-storage churn 4 2000 0 20 & churn=$!
        client /opt/board/bin/board-storage write succession 3000 1 & write=$!
        client nv & nv=$!
        sleep 3
        systemctl show -P MainPID {{unit}} >/tmp/succession-processes
        for i in $(seq {{Successions.ToString(CultureInfo.InvariantCulture)}}); do
          sleep 0.$((RANDOM % 9))
          systemctl {{verb}} {{unit}} || echo $i >>/tmp/succession-refused
          systemctl show -P MainPID {{unit}} >>/tmp/succession-processes
        done
        touch /tmp/succession-end
        for i in $(seq 200); do
          kill -0 $churn 2>/dev/null || kill -0 $write 2>/dev/null || kill -0 $nv 2>/dev/null || break
          sleep 0.1
        done
        stuck=0
        for client in $churn $write $nv; do kill -0 $client 2>/dev/null && stuck=$((stuck + 1)); done
        echo "failed $(cat /tmp/succession-failed 2>/dev/null | wc -l), stuck $stuck," \
          "refused $(cat /tmp/succession-refused 2>/dev/null | wc -l)," \
          "processes $(sort -u /tmp/succession-processes | wc -l), restarts $(systemctl show -P NRestarts {{unit}})," \
          "acknowledged $(grep -c ack /tmp/succession-acks); $(head -n 3 /tmp/succession-errors | tr '\n' ';')"
        """;

    [GeneratedRegex(
        "failed (?<failed>[0-9]+), stuck (?<stuck>[0-9]+), refused (?<refused>[0-9]+), processes (?<processes>[0-9]+), "
            + "restarts (?<restarts>[0-9]+), acknowledged (?<acknowledged>[0-9]+)",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex Result();

    [GeneratedRegex(
        "nobody received for (?<pause>[0-9.]+) ms, of which (?<own>[0-9.]+) ms", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Pause();
}
