// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

namespace TpmReady.Board.Tests.Upgrades;

/// <summary>
/// The supplicant is upgraded and downgraded under load, between executables that really differ (<c>eng/other-build</c>),
/// as the packaged unit does it; the C daemon, whose build is no other, by the only way that it has, a restart.
/// </summary>
public sealed partial class UpgradeTests : BoardTest
{
    // Long, for a machine that is busy with other boards; the C daemon's clients never go on.
    private const int Patience = 300;
    private const string Driver = "tpmready-driver@teepriv0";
    private static readonly string[] Clients = ["nv", "storage"];

    private static readonly string? Wanted = Environment.GetEnvironmentVariable("TPMREADY_TEST_UPGRADES");

    private static int Upgrades => int.Parse(Wanted!, NumberStyles.None, CultureInfo.InvariantCulture);

    [Test]
    public async Task Clients_notice_neither_upgrade_nor_downgrade()
    {
        SkipUnlessWanted();
        await using EmulatedBoard board = await StartOursAsync();
        UpgradeGuest guest = new(board, "tee-supplicant@teepriv0", "/usr/sbin/tee-supplicant");
        await guest.StartAsync(Clients);
        await Assert.That(await guest.GoesOnAsync(Patience, Clients)).IsTrue();

        List<string> served = [await guest.VersionAsync("ours")];
        for (int i = 0; i < Upgrades; i++)
        {
            string build = i % 2 == 0 ? "version" : "ours";
            await ReloadAsync(guest, build);
            served.Add(await guest.VersionAsync(build));
        }

        await Assert.That(Versions(await guest.LogAsync())).IsEqualTo(string.Join(' ', served));
        await Assert.That(served.Distinct(StringComparer.Ordinal).Count()).IsEqualTo(2);
        await ExpectRefusalAsync(guest, "arena", "the arena has version 1; this program knows only 2");
        await guest.EndAsync("nv");
        await CrashAsync(guest);
        await guest.EndAsync("storage");
        await RestartAsync(board, guest);
        await BeginAnewAsync(board, guest, "arena");

        await guest.StartAsync(Clients);
        await ExpectRefusalAsync(guest, "ours", "the arena has version 2; this program knows only 1");
        await ReloadAsync(guest, "arena");
        await guest.EndAsync(Clients);
        await BeginAnewAsync(board, guest, "ours");

        Say($"{await guest.CountAsync()}{await guest.DamageAsync()}");
        await Assert.That(await guest.DamageAsync()).StartsWith("0 failed, 0 lost");
        await Assert.That(board.SecureLog).DoesNotContain("panicked");
        await Assert.That(board.SecureLog).DoesNotContain("Remove corrupt file");
    }

    [Test]
    public async Task Clients_notice_that_the_C_daemon_is_replaced()
    {
        SkipUnlessWanted();
        await using EmulatedBoard board = await StartAsync(new BoardOptions { Supplicant = SupplicantKind.C });
        await board.WaitForSystemAsync();
        await LoadDriverAsync(board);
        UpgradeGuest guest = new(board, "board-c-supplicant", "");
        await guest.StartAsync(Clients);
        await Assert.That(await guest.GoesOnAsync(Patience, Clients)).IsTrue();
        int replaced = 0;
        bool isWell = true;
        while (isWell && replaced < 20)
        {
            _ = await guest.ControlAsync("restart", seconds: 20);
            replaced++;
            isWell = await guest.GoesOnAsync(60, Clients)
                && (await guest.DamageAsync()).StartsWith("0 failed, 0 lost", StringComparison.Ordinal);
        }

        Say($"after {replaced} replacements: {await guest.CountAsync()}{await guest.DamageAsync()}");
        await Assert.That(isWell).IsFalse();
    }

    private static void SkipUnlessWanted() => Skip.When(
        Wanted is null,
        "two more builds and minutes on the board: TPMREADY_TEST_UPGRADES=4 runs it; OtherBuildTests do the same natively");

    private static async Task<EmulatedBoard> StartOursAsync()
    {
        // Otherwise a skipped test would make them.
        _ = await ArtifactsAsync();
        EmulatedBoard board = await StartAsync(new BoardOptions
        {
            Supplicant = SupplicantKind.Units,
            DriverAutoload = true,
            ExtraFiles = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                [$"{UpgradeGuest.Builds}/ours"] = Repository.BootExecutable,
                [$"{UpgradeGuest.Builds}/version"] = await Repository.BuildOtherAsync("version"),
                [$"{UpgradeGuest.Builds}/arena"] = await Repository.BuildOtherAsync("arena"),
            },
        });
        await board.WaitForSystemAsync();
        return board;
    }

    private static async Task ReloadAsync(UpgradeGuest guest, string build) =>
        await Assert.That(await guest.ReloadAsync(build, Clients)).IsEqualTo("succeeded moved serves goes on").Because(build);

    /// <summary>The reload fails, the log and the status line say why, and the same process serves on.</summary>
    private static async Task ExpectRefusalAsync(UpgradeGuest guest, string build, string reason)
    {
        await Assert.That(await guest.ReloadAsync(build, Clients)).IsEqualTo("goes on");
        await Assert.That(await guest.ShowAsync("StatusText")).Contains($"no successor: {reason}");
        await Assert.That(await guest.LogAsync()).Contains($"does not take over: {reason}. This process goes on serving.");
    }

    /// <summary>
    /// A crash while the file is that of another arena: nobody serves and nobody fails until the file is put back. Without
    /// the TPM's client: the board's TPM is a plug-in, whose request must not be done twice (docs/handover.md).
    /// </summary>
    private static async Task CrashAsync(UpgradeGuest guest)
    {
        _ = await guest.ControlAsync("kill -s KILL");
        int restarts = 0;
        for (int i = 0; i < 100 && restarts < 4; i++)
        {
            restarts = int.Parse(await guest.ShowAsync("NRestarts"), NumberStyles.None, CultureInfo.InvariantCulture);
        }

        await Assert.That(restarts).IsGreaterThanOrEqualTo(4);
        await guest.PutAsync("ours");
        await Assert.That(await guest.GoesOnAsync(Patience, "storage")).IsTrue().Because(await guest.LogAsync());
        await Assert.That(await guest.IsServedByAsync("ours")).IsTrue();
    }

    /// <summary>A restart leads nowhere, because it does not empty systemd's store; with the old file all goes on.</summary>
    private static async Task RestartAsync(EmulatedBoard board, UpgradeGuest guest)
    {
        await guest.PutAsync("arena");
        await Assert.That(await guest.ControlAsync("restart")).IsFalse();
        await guest.PutAsync("ours");
        await board.RunAsync($"systemctl start {Driver}");
        await Assert.That(await guest.IsServedByAsync("ours")).IsTrue();
    }

    /// <summary>The way to another arena: clients have ended, and a stop unbinds the TPM and empties systemd's store.</summary>
    private static async Task BeginAnewAsync(EmulatedBoard board, UpgradeGuest guest, string build)
    {
        string before = await board.RunAsync("tpm2_nvread -s 8 0x1500016");
        await guest.PutAsync(build);
        await Assert.That(await guest.ControlAsync("stop")).IsTrue();
        await board.RunAsync($"systemctl start {Driver}");
        await Assert.That(await guest.IsServedByAsync(build)).IsTrue();
        string after = await board.RunAsync(Wait.ForNode("/dev/tpmrm0") + " && tpm2_nvread -s 8 0x1500016");
        await Assert.That(after).IsEqualTo(before);
        await board.RunAsync(
            "[ \"$(/opt/board/bin/board-storage read upgrade)\" = \"$(cat /run/upgrade/storage-found)\" ]");
    }

    /// <summary>Of each process that has served, in order.</summary>
    private static string Versions(string log) =>
        string.Join(' ', Served().Matches(log).Select(static match => match.Groups["version"].Value));

    [GeneratedRegex(
        "requests of the secure world are served, by version (?<version>[0-9.]+)\\.\n",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex Served();
}
