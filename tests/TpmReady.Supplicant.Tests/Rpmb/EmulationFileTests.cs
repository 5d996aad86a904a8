// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Rpmb.Emulation;
using TpmReady.Supplicant.Tests.Storage;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Rpmb;

/// <summary>The file of an emulated RPMB: kept, checked, never overwritten when it is bad.</summary>
public sealed class EmulationFileTests
{
    [Test]
    public async Task D3_what_is_written_survives_the_process()
    {
        using EmulationFixture emulation = new();
        RpmbClient client = emulation.Client;
        byte[] data = RpmbClient.Blocks(4, 1);
        await Assert.That(client.ProgramKey()).IsTrue();
        await Assert.That(client.ReadCounter()).IsTrue();
        await Assert.That(client.Write(10, data)).IsTrue();
        await Assert.That(client.Write(500, data)).IsTrue();
        await Assert.That(emulation.Log.Count(LogLevel.Warning)).IsEqualTo(2);
        emulation.Restart();

        await Assert.That(client.ReadCounter()).IsTrue();
        await Assert.That(client.Counter).IsEqualTo(2u);
        await Assert.That(client.Read(10, 4)!.AsSpan().SequenceEqual(data)).IsTrue();
        await Assert.That(client.Read(500, 4)!.AsSpan().SequenceEqual(data)).IsTrue();
        await Assert.That(client.ProgramKey(RpmbClient.NewKey(9))).IsFalse();
        await Assert.That(emulation.Log.ToString()).Contains("RPMB is EMULATED");
    }

    [Test]
    public async Task It_is_the_card_that_the_C_supplicant_emulates()
    {
        using EmulationFixture emulation = new();
        await Assert.That(Convert.ToHexStringLower(emulation.Client.Information()))
            .IsEqualTo("fe014e4d4d43303447" + "42c8f6552a6115" + "02" + "01" + "00");
    }

    [Test]
    public async Task The_file_belongs_to_its_owner_alone_and_nothing_else_is_left_behind()
    {
        using EmulationFixture emulation = new();
        _ = emulation.Client.Information();
        await Assert.That(new FileInfo(emulation.Path).Length).IsEqualTo(EmulationLayout.FileSize);
        await Assert.That(File.GetUnixFileMode(emulation.Path))
            .IsEqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await Assert.That(Directory.GetFileSystemEntries(emulation.DirectoryPath).Length).IsEqualTo(1);
    }

    [Test]
    public async Task The_write_counter_ends()
    {
        using EmulationFixture emulation = new();
        RpmbClient client = emulation.Client;
        await Assert.That(client.ProgramKey()).IsTrue();
        emulation.Stop();
        SetCounter(emulation.Path, uint.MaxValue - 1);
        emulation.Restart();

        await Assert.That(client.ReadCounter()).IsTrue();
        await Assert.That(client.Write(0, RpmbClient.Blocks(1, 1))).IsTrue();
        await Assert.That(client.Counter).IsEqualTo(uint.MaxValue);
        await Assert.That(client.LastResult).IsEqualTo((ushort)0x80);
        await Assert.That(client.Write(0, RpmbClient.Blocks(1, 2))).IsFalse();
        await Assert.That(client.LastResult).IsEqualTo((ushort)0x85);
        byte[] kept = client.Read(0, 1)!;
        await Assert.That(kept.AsSpan().SequenceEqual(RpmbClient.Blocks(1, 1))).IsTrue();
        await Assert.That(client.LastResult).IsEqualTo((ushort)0x80);
    }

    [Test]
    [Arguments(0, "does not begin as one")]
    [Arguments(13, "does not begin as one")]
    [Arguments(16, "does not know its version")]
    [Arguments(40, "header is damaged")]
    [Arguments(EmulationLayout.BlocksOffset + 5, "block 0 is not what was written")]
    [Arguments(EmulationLayout.FileSize - 1, "block 1023 is not what was written")]
    public async Task A_bad_file_is_named_refused_and_kept(int offset, string reason)
    {
        using EmulationFixture emulation = new();
        RpmbClient client = emulation.Client;
        await Assert.That(client.ProgramKey() && client.ReadCounter()).IsTrue();
        await Assert.That(client.Write(7, RpmbClient.Blocks(1, 1))).IsTrue();
        await Assert.That(client.Write(9, RpmbClient.Blocks(1, 1))).IsTrue();
        emulation.Stop();
        byte[] bytes = File.ReadAllBytes(emulation.Path);
        bytes[offset] ^= 0x40;
        await ExpectRefusal(emulation, bytes, reason);
    }

    [Test]
    public async Task A_file_of_another_size_or_kind_is_refused_and_kept()
    {
        using EmulationFixture emulation = new();
        emulation.Stop();
        await ExpectRefusal(emulation, [], "no file of an emulated RPMB");
        emulation.Stop();
        await ExpectRefusal(emulation, new byte[EmulationLayout.FileSize - 1], "no file of an emulated RPMB");
        emulation.Stop();
        await ExpectRefusal(emulation, new byte[EmulationLayout.FileSize], "does not begin as one");
        emulation.Stop();
        File.Delete(emulation.Path);
        File.CreateSymbolicLink(emulation.Path, "/dev/null");
        emulation.Restart();
        await Assert.That(emulation.Client.Information()).IsEmpty();
        await Assert.That(emulation.Log.ToString()).Contains("symbolic link");
    }

    [Test]
    public async Task A_lost_newest_record_is_noticed()
    {
        using EmulationFixture emulation = new();
        RpmbClient client = emulation.Client;
        await Assert.That(client.ProgramKey() && client.ReadCounter()).IsTrue();
        await Assert.That(client.Write(7, RpmbClient.Blocks(1, 1))).IsTrue();
        emulation.Stop();
        byte[] bytes = File.ReadAllBytes(emulation.Path);

        // Records 1 (empty), 2 (key), 3 (the write): the newest is odd.
        bytes[EmulationLayout.RecordOffset(3) + 20] ^= 1;
        await ExpectRefusal(emulation, bytes, "its newest record is gone");
        emulation.Stop();
        bytes[EmulationLayout.RecordOffset(2) + 20] ^= 1;
        await ExpectRefusal(emulation, bytes, "none of its two records is whole");
    }

    [Test]
    public async Task Only_one_process_has_the_file()
    {
        using EmulationFixture emulation = new();
        await Assert.That(emulation.Client.Information()).IsNotEmpty();
        EmulationFile second = new(emulation.Path, emulation.Files, emulation.Log)
        {
            Patience = TimeSpan.FromMilliseconds(50),
        };
        await Assert.That(second.TryOpen()).IsFalse();
        await Assert.That(emulation.Log.ToString()).Contains("another process has it");
        emulation.Stop();
        await Assert.That(second.TryOpen()).IsTrue();
        second.Dispose();
    }

    [Test]
    [Arguments("Write")]
    [Arguments("SyncData")]
    public async Task A_write_that_cannot_be_kept_is_failed_and_can_be_tried_again(string call)
    {
        FaultyFiles files = new();
        using EmulationFixture emulation = new(files);
        RpmbClient client = emulation.Client;
        await Assert.That(client.ProgramKey() && client.ReadCounter()).IsTrue();
        await Assert.That(client.Write(0, RpmbClient.Blocks(1, 1))).IsTrue();
        files.Fail(call, Errno.EIO);
        byte[][] frames = client.WriteFrames(0, RpmbClient.Blocks(1, 2));
        for (int i = 0; i < 3; i++)
        {
            await Assert.That(client.Send(frames)).IsFalse();
            await Assert.That(client.LastTeeResult).IsEqualTo(TeeResult.Generic);
        }

        await Assert.That(client.Read(0, 1)!.AsSpan().SequenceEqual(RpmbClient.Blocks(1, 1))).IsTrue();
        files.Fault = static _ => 0;
        await Assert.That(client.Send(frames)).IsTrue();
        emulation.Restart();
        await Assert.That(client.ReadCounter()).IsTrue();
        await Assert.That(client.Counter).IsEqualTo(2u);
        await Assert.That(client.Read(0, 1)!.AsSpan().SequenceEqual(RpmbClient.Blocks(1, 2))).IsTrue();
    }

    [Test]
    public async Task A_file_that_cannot_be_made_is_made_later()
    {
        FaultyFiles files = new();
        using EmulationFixture emulation = new(files);
        files.Fail("Sync", Errno.ENOSPC);
        await Assert.That(emulation.Client.Information()).IsEmpty();
        await Assert.That(emulation.Client.LastTeeResult).IsEqualTo(TeeResult.StorageNotAvailable);
        await Assert.That(File.Exists(emulation.Path)).IsFalse();
        files.Fault = static _ => 0;
        await Assert.That(emulation.Client.ProgramKey()).IsTrue();
        await Assert.That(Directory.GetFileSystemEntries(emulation.DirectoryPath).Length).IsEqualTo(1);
    }

    /// <summary>Puts bytes in place of the file, and expects them to stay.</summary>
    private static async Task ExpectRefusal(EmulationFixture emulation, byte[] bytes, string reason)
    {
        File.WriteAllBytes(emulation.Path, bytes);
        emulation.Restart();
        for (int i = 0; i < 3; i++)
        {
            await Assert.That(emulation.Client.Information()).IsEmpty();
            await Assert.That(emulation.Client.LastTeeResult).IsEqualTo(TeeResult.StorageNotAvailable);
            await Assert.That(emulation.Client.ProgramKey()).IsFalse();
        }

        await Assert.That(emulation.Log.Count(LogLevel.Critical)).IsEqualTo(1);
        await Assert.That(emulation.Log.ToString()).Contains(reason);
        await Assert.That(File.ReadAllBytes(emulation.Path).AsSpan().SequenceEqual(bytes)).IsTrue();
    }

    private static void SetCounter(string path, uint counter)
    {
        byte[] bytes = File.ReadAllBytes(path);
        foreach (ulong sequence in (ulong[])[1, 2])
        {
            Span<byte> place = bytes.AsSpan(EmulationLayout.RecordOffset(sequence), EmulationRecord.MaximumSize);
            EmulationRecord record = new(place) { Counter = counter };
            record.Seal();
        }

        File.WriteAllBytes(path, bytes);
    }
}
