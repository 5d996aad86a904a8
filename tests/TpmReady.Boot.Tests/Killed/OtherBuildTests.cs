// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Boot.Tests.Processes;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Killed;

/// <summary>
/// Upgrades and downgrades under load, between two executables that really differ (<c>eng/other-build</c>): by reload, and
/// by a crash after the file was replaced.
/// </summary>
[NotInParallel]
public sealed class OtherBuildTests
{
    private static readonly int Rounds = int.Parse(
        Environment.GetEnvironmentVariable("TPMREADY_TEST_NATIVE_UPGRADES") ?? "5", CultureInfo.InvariantCulture);

    private static readonly string Ours = BootProgram.Path;

    private static readonly string[] ServedOnce =
        ["plug-in", "socket: open", "socket: send", "socket: receive", "RPMB: read the counter", "RPMB: write", "RPMB: read"];

    [Test]
    public async Task Clients_notice_neither_upgrade_nor_downgrade()
    {
        string other = await OtherAsync("version");
        await Assert.That(await VersionAsync(other)).IsNotEqualTo(await VersionAsync(Ours));
        using KeptWorld world = new(Daemon.Ours);
        await using ClientLoad load = new(world);
        for (int round = 0; round < 2 * Rounds; round++)
        {
            string program = round % 2 == 0 ? other : Ours;
            int process = world.MainProcess;
            world.Use(program);
            await Assert.That(world.Reload()).IsEqualTo(0).Because(world.Output);
            await Assert.That(load.GoesOn()).IsTrue().Because(world.Output);
            await Assert.That(world.MainProcess).IsNotEqualTo(process);
            await Assert.That(ExecutableOf(world.MainProcess)).IsEqualTo(program);
        }

        await Assert.That(world.Kernel.Successions).IsEqualTo(2 * Rounds);
        await load.ExpectNothingNoticedAsync();

        // No request is cut off, so that what must not be repeated is not refused either.
        await Assert.That(load.Tally.Outcomes.Where(static one => one.Result is not "SUCCESS")).IsEmpty();
        await Assert.That(load.Tally.Outcomes.Select(static one => one.Request)).IsEquivalentTo(ServedOnce);
    }

    [Test]
    public async Task A_crash_after_the_file_was_replaced_is_an_upgrade()
    {
        string other = await OtherAsync("version");
        using KeptWorld world = new(Daemon.Ours);
        await using ClientLoad load = new(world);
        for (int round = 0; round < 2 * Rounds; round++)
        {
            string program = round % 2 == 0 ? other : Ours;
            world.Use(program);
            int next = world.Kernel.Generation + 1;
            world.Kernel.PlanDeath(DeathPoint.Random, 1);
            await Assert.That(world.WaitForGeneration(next)).IsTrue();
            await Assert.That(load.GoesOn()).IsTrue().Because(world.Output);
            await Assert.That(ExecutableOf(world.MainProcess)).IsEqualTo(program);
        }

        await load.ExpectNothingNoticedAsync();
    }

    /// <summary>In both directions: the reload fails and says why, and nobody notices.</summary>
    [Test]
    [Arguments(true)]
    [Arguments(false)]
    public async Task One_that_knows_another_arena_does_not_take_over(bool isUpgrade)
    {
        string other = await OtherAsync("arena");
        (string serving, string coming) = isUpgrade ? (Ours, other) : (other, Ours);
        using KeptWorld world = new(Daemon.Ours, program: serving);
        await using ClientLoad load = new(world);
        int process = world.MainProcess;
        for (int round = 0; round < Rounds; round++)
        {
            world.Use(coming);
            await Assert.That(world.Reload()).IsEqualTo(1).Because(world.Output);
            await Assert.That(load.GoesOn()).IsTrue().Because(world.Output);
        }

        await Assert.That(world.MainProcess).IsEqualTo(process);
        await Assert.That(Refusals(world, await ArenaAsync(serving), await ArenaAsync(coming))).IsGreaterThanOrEqualTo(Rounds);

        // The one that knows the arena still follows: nothing was changed by those that do not.
        world.Use(serving);
        await Assert.That(world.Reload()).IsEqualTo(0).Because(world.Output);
        await Assert.That(load.GoesOn()).IsTrue().Because(world.Output);
        await Assert.That(world.Kernel.Successions).IsEqualTo(1);
        await load.ExpectNothingNoticedAsync();
    }

    /// <summary>Nobody serves until the file is put back: requests wait, and what the service manager keeps is not lost.</summary>
    [Test]
    public async Task Requests_wait_when_a_crash_leads_to_another_arena()
    {
        string other = await OtherAsync("arena");
        using KeptWorld world = new(Daemon.Ours);
        await using ClientLoad load = new(world);
        for (int round = 0; round < Rounds; round++)
        {
            world.Use(other);
            int next = world.Kernel.Generation + 3;
            world.Kernel.PlanDeath(DeathPoint.Random, 1);
            await Assert.That(world.WaitForGeneration(next)).IsTrue();
            world.Use(Ours);
            await Assert.That(load.GoesOn()).IsTrue().Because(world.Output);
            await Assert.That(ExecutableOf(world.MainProcess)).IsEqualTo(Ours);
        }

        await Assert.That(Refusals(world, await ArenaAsync(Ours), await ArenaAsync(other))).IsGreaterThanOrEqualTo(Rounds);
        await load.ExpectNothingNoticedAsync();
    }

    private static async Task<string> OtherAsync(string kind)
    {
        if (PublishedProgram.Absence(Daemon.Ours) is string absence)
        {
            Skip.Test(absence);
        }

        string other = await Task.Run(() => PublishedProgram.OtherBuild(kind));
        byte[] content = await File.ReadAllBytesAsync(Ours);
        await Assert.That((await File.ReadAllBytesAsync(other)).SequenceEqual(content)).IsFalse();
        return other;
    }

    private static int Refusals(KeptWorld world, string found, string known) => world.Output.Split('\n').Count(line =>
        line.Contains($"the arena has version {found}; this program knows only {known}", StringComparison.Ordinal));

    private static async Task<string> VersionAsync(string program) =>
        (await BootProgram.RunAsync(program, "tee-supplicant --version")).Output.Trim();

    /// <summary>The version of the arena that a program knows.</summary>
    private static async Task<string> ArenaAsync(string program) =>
        (await BootProgram.RunAsync(program, "tee-supplicant --print-capabilities")).Output.Split('\n')
            .Single(static line => line.StartsWith("arena: ", StringComparison.Ordinal))["arena: ".Length..];

    private static string? ExecutableOf(int process) =>
        new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/exe")).LinkTarget;
}
