// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using TpmReady.Linux.Files;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Rpmb.Emulation;

namespace TpmReady.Supplicant.Tests.Rpmb;

/// <summary>
/// The power goes at every point of a life, and any of the writes that were not synced may be on the disk, whole or in
/// sectors, or not: the next start finds the state before or after the request that was under way, and never loses one
/// that was answered.
/// </summary>
public sealed class EmulationPowerCutTests
{
    private const int Seeds = 6;

    [Test]
    public async Task Every_power_cut_leaves_the_state_before_or_after()
    {
        RecordedDisk disk = new();
        List<Answered> answers = [];
        using EmulationFixture emulation = new(disk);
        RpmbClient client = emulation.Client;
        _ = client.Information();
        answers.Add(new Answered(disk.Events.Count, false, 0, Model([])));
        await Assert.That(client.ProgramKey()).IsTrue();
        answers.Add(new Answered(disk.Events.Count, true, 0, Model([])));
        await Assert.That(client.ReadCounter()).IsTrue();
        List<(int Address, byte[] Data)> writes = [];
        foreach ((int address, int count) in (ReadOnlySpan<(int, int)>)
            [(0, 1), (0, 2), (1, 32), (30, 4), (1023, 1), (500, 32), (510, 2), (0, 1)])
        {
            byte[] data = RpmbClient.Blocks(count, (address * 7) + count);
            if (!client.Write(address, data))
            {
                throw new InvalidOperationException("a write failed");
            }

            writes.Add((address, data));
            answers.Add(new Answered(disk.Events.Count, true, (uint)writes.Count, Model(writes)));
        }

        emulation.Stop();
        emulation.Files = new LinuxFileOperations();
        int checkedStates = 0;
        int torn = 0;
        for (int point = answers[0].Event; point <= disk.Events.Count; point++)
        {
            for (int seed = 0; seed < Seeds; seed++)
            {
                byte[]? image = disk.CutAt(point, seed);
                if (image is null)
                {
                    throw new InvalidOperationException($"the file is gone at {point}");
                }

                torn += Check(emulation, image, answers, point, seed) ? 1 : 0;
                checkedStates++;
            }
        }

        // The test would prove nothing if no cut had hit a request half way.
        await Assert.That(torn).IsGreaterThan(5);
        await Assert.That(checkedStates).IsGreaterThan(100);
    }

    [Test]
    public async Task A_power_cut_while_the_file_is_made_leaves_none_or_an_empty_one()
    {
        RecordedDisk disk = new();
        using EmulationFixture emulation = new(disk);
        _ = emulation.Client.Information();
        emulation.Stop();
        emulation.Files = new LinuxFileOperations();
        int absent = 0;
        int present = 0;
        for (int point = 0; point <= disk.Events.Count; point++)
        {
            for (int seed = 0; seed < Seeds; seed++)
            {
                byte[]? image = disk.CutAt(point, seed);
                File.Delete(emulation.Path);
                if (image is null)
                {
                    absent++;
                    continue;
                }

                present++;
                File.WriteAllBytes(emulation.Path, image);
                emulation.Restart();
                int length = emulation.Client.Information().Length;
                await Assert.That(length).IsEqualTo(19).Because(emulation.Log.ToString());
                await Assert.That(emulation.Client.ProgramKey()).IsTrue();
                emulation.Stop();
            }
        }

        await Assert.That(absent).IsGreaterThan(0);
        await Assert.That(present).IsGreaterThan(0);
    }

    [Test]
    public async Task The_record_is_durable_before_the_answer_and_before_the_blocks()
    {
        RecordedDisk disk = new();
        using EmulationFixture emulation = new(disk);
        await Assert.That(emulation.Client.ProgramKey() && emulation.Client.ReadCounter()).IsTrue();
        disk.Events.Clear();
        await Assert.That(emulation.Client.Write(3, RpmbClient.Blocks(2, 1))).IsTrue();

        // Records 1 and 2 are the empty RPMB and the key.
        int record = EmulationLayout.RecordOffset(3);
        int blocks = EmulationLayout.BlocksOffset + (3 * EmulationBlock.Size);
        await Assert.That(string.Join(' ', disk.Events)).IsEqualTo($"write@{record} Sync write@{blocks}");
    }

    /// <summary>Opens what is left, and compares it with the last answer and with the request under way.</summary>
    /// <returns>Whether the state was that of the request under way.</returns>
    private static bool Check(
        EmulationFixture emulation, byte[] image, List<Answered> answers, int point, int seed)
    {
        int last = answers.FindLastIndex(answer => answer.Event <= point);
        File.WriteAllBytes(emulation.Path, image);
        emulation.Restart();
        RpmbClient client = emulation.Client;
        bool hasKey = client.ReadCounter();
        uint counter = hasKey ? client.Counter : 0;
        string state = $"cut {point}, seed {seed}: {emulation.Log}";
        if (emulation.Log.Count(LogLevel.Critical) > 0)
        {
            throw new InvalidOperationException(state);
        }

        for (int i = last; i <= Math.Min(last + 1, answers.Count - 1); i++)
        {
            if (hasKey == answers[i].HasKey && counter == answers[i].Counter
                && (!hasKey || client.Read(0, 1024)!.AsSpan().SequenceEqual(answers[i].Blocks)))
            {
                // Life goes on from there.
                if (hasKey && !(client.Write(9, RpmbClient.Blocks(1, 1)) && client.Write(9, RpmbClient.Blocks(1, 2))))
                {
                    throw new InvalidOperationException($"no write any more; {state}");
                }

                emulation.Stop();
                return i > last;
            }
        }

        throw new InvalidOperationException($"neither before nor after; counter {counter}, key {hasKey}; {state}");
    }

    private static byte[] Model(List<(int Address, byte[] Data)> writes)
    {
        byte[] blocks = new byte[1024 * 256];
        foreach ((int address, byte[] data) in writes)
        {
            data.CopyTo(blocks, address * 256);
        }

        return blocks;
    }

    /// <summary>The state that the secure world was told of, and how many disk events there were by then.</summary>
    private sealed record Answered(int Event, bool HasKey, uint Counter, byte[] Blocks);
}
