// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading.Tasks;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Recording;
using TpmReady.Supplicant.Storage;
using TpmReady.Supplicant.Tests.Storage;

namespace TpmReady.Supplicant.Tests.Recording;

/// <summary>What is recorded can be served again, and every difference is found.</summary>
public sealed class RecordingTests
{
    [Test]
    public async Task A_replay_on_an_empty_store_gives_the_same_answers_and_files()
    {
        using RecordingFixture fixture = new();
        fixture.WriteAndRead("/ab/first", "the first object");
        fixture.WriteAndRead("/second", new string('x', 3000));
        byte[] recording = fixture.Finish();

        using StorageFixture storage = new();
        // A handle that the recording knows nothing of makes all others different.
        _ = storage.MustCreate("/in-the-way");
        List<string> lines = [];
        Replayer replayer = new([storage.Service], lines.Add);
        string? error = replayer.Run(new MemoryStream(recording));

        await Assert.That(error).IsNull();
        await Assert.That(lines).IsEmpty();
        await Assert.That((replayer.Same, replayer.Different, replayer.Skipped)).IsEqualTo((16, 0, 4));
        await Assert.That(File.ReadAllText(storage["ab/first"])).IsEqualTo("the");
        await Assert.That(fixture.Dropped).IsEqualTo(0);
    }

    [Test]
    public async Task Other_results_values_lengths_and_contents_are_found()
    {
        using RecordingFixture fixture = new();
        fixture.WriteAndRead("/object", "recorded content");
        byte[] recording = fixture.Finish();

        // The file is a directory: no answer can be the same but the last ones', to which there is no handle.
        (Replayer replayer, string? error, List<string> lines) =
            RecordingFixture.Replay(recording, static storage => Directory.CreateDirectory(storage["object"]));
        await Assert.That(error).IsNull();
        await Assert.That(replayer.Different).IsGreaterThan(0);
        await Assert.That(lines[0]).StartsWith("1 FileSystem Create: ");

        recording[FirstByteWritten(recording, "recorded content")] ^= 1;
        (replayer, _, lines) = RecordingFixture.Replay(recording);
        await Assert.That(replayer.Different).IsEqualTo(2).Because(string.Join('\n', lines));
        await Assert.That(lines[0]).IsEqualTo("3 FileSystem Read: parameter 1 differs at byte 0");
    }

    [Test]
    public async Task A_recording_is_a_new_file_that_only_its_owner_reads()
    {
        using RecordingFixture fixture = new();
        await Assert.That(File.GetUnixFileMode(fixture.Path)).IsEqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        int again = Recorder.TryCreate(fixture.Path, 1000, new LinuxFileOperations(), fixture.Log, out _);
        await Assert.That(again).IsEqualTo(Errno.EEXIST);
        File.CreateSymbolicLink(fixture.Path + "-link", fixture.Path + "-target");
        int link = Recorder.TryCreate(fixture.Path + "-link", 1000, new LinuxFileOperations(), fixture.Log, out _);
        await Assert.That(link).IsEqualTo(Errno.EEXIST);
        await Assert.That(File.Exists(fixture.Path + "-target")).IsFalse();
    }

    [Test]
    public async Task A_full_recording_stays_whole_and_what_follows_is_counted()
    {
        const int limit = 5000;
        using RecordingFixture fixture = new(limit);
        for (int i = 0; i < 20; i++)
        {
            fixture.WriteAndRead($"/{i}", "content");
        }

        byte[] recording = fixture.Finish();
        (Replayer replayer, string? error, _) = RecordingFixture.Replay(recording);
        await Assert.That(error).IsNull();
        await Assert.That(recording.Length).IsLessThanOrEqualTo(limit);
        await Assert.That(replayer.Same).IsGreaterThan(0);
        await Assert.That(fixture.Dropped).IsEqualTo(200 - replayer.Same - replayer.Different - replayer.Skipped);
        await Assert.That(fixture.Log.ToString()).Contains("The recording is full at ");
    }

    [Test]
    public async Task Recording_allocates_nothing_per_request()
    {
        using RecordingFixture fixture = new(64 << 20);
        for (int i = 0; i < 50; i++)
        {
            fixture.WriteAndRead("/object", "content");
        }

        // On a busy machine threads may meet at a lock for the first time: what is allocated per request is allocated in each round.
        long allocated = long.MaxValue;
        for (int round = 0; round < 10 && allocated > 0; round++)
        {
            fixture.Measuring!.Reset();
            for (int i = 0; i < 100; i++)
            {
                fixture.WriteAndRead("/object", "content");
            }

            await Assert.That(fixture.Measuring.Spans).IsGreaterThanOrEqualTo(100 * 10);
            allocated = Math.Min(allocated, fixture.Measuring.Allocated);
        }

        await Assert.That(allocated).IsEqualTo(0);
    }

    [Test]
    public async Task When_no_buffer_is_free_a_request_is_dropped()
    {
        RecordRing ring = new();
        for (int i = 0; i < RecordRing.Count; i++)
        {
            await Assert.That(ring.Take()).IsGreaterThanOrEqualTo(0);
        }

        await Assert.That(ring.Take()).IsEqualTo(-1);
        ring.Fill(7);
        await Assert.That(ring.WaitForFull()).IsEqualTo(7);
        ring.Return(7);
        await Assert.That(ring.Take()).IsEqualTo(7);
        ring.End();
        await Assert.That(ring.WaitForFull()).IsEqualTo(-1);
    }

    [Test]
    public async Task Hostile_recordings_are_refused_or_served_within_their_bounds()
    {
        using RecordingFixture fixture = new();
        fixture.WriteAndRead("/object", "content");
        byte[] recording = fixture.Finish();
        const int seed = 1;
        Random random = new(seed);
        int refused = 0;
        using StorageFixture storage = new(subdirectory: "store");
        for (int round = 0; round < 1000; round++)
        {
            byte[] hostile = [.. recording];
            for (int i = random.Next(1, 6); i > 0; i--)
            {
                // Whole words of ones and zeros find more than single bits.
                int place = random.Next(8, hostile.Length - 8) & ~7;
                ulong word = random.Next(4) switch
                {
                    0 => ulong.MaxValue,
                    1 => 0,
                    2 => 1UL << random.Next(64),
                    _ => (ulong)random.Next(),
                };
                BitConverter.TryWriteBytes(hostile.AsSpan(place), word);
            }

            Replayer replayer = new([storage.Service], static _ => { });
            refused += replayer.Run(new MemoryStream(hostile, 0, random.Next(8, hostile.Length))) is null ? 0 : 1;
        }

        // .NET cannot remove names that are no UTF-8.
        using Process remove = Process.Start("rm", ["-rf", storage.Root]);
        await remove.WaitForExitAsync();
        await Assert.That(refused).IsGreaterThan(100);
        await Assert.That(RecordingFixture.Replay(new byte[100]).Error).StartsWith("it is no recording");
        await Assert.That(RecordingFixture.Replay(recording[..^1]).Error).IsEqualTo("it ends within a request");
    }

    // The content stands there twice, in what was written and in what was read. Which is first in the file depends on
    // which thread was first after its answer.
    private static int FirstByteWritten(byte[] recording, string content)
    {
        using MemoryStream stream = new(recording);
        RecordingReader reader = new(stream);
        int start = 0;
        while (reader.Read(out RecordedRequest? request) is null && request is not null)
        {
            if (request.Received[0].A == (ulong)FileSystemOperation.Write)
            {
                return Encoding.Latin1.GetString(recording).IndexOf(content, start, StringComparison.Ordinal);
            }

            start = (int)stream.Position;
        }

        throw new ArgumentException("Nothing is written in this recording.", nameof(recording));
    }
}
