// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using TpmReady.Board.Disks;

namespace TpmReady.Board.Tests.Harness;

/// <summary>A disk's write cache: what is read, what a flush keeps, and what a power cut may leave.</summary>
public sealed class WriteCacheTests : IDisposable
{
    private const int Block = WriteCache.BlockBytes;

    private readonly string _image = Path.GetTempFileName();

    public void Dispose() => File.Delete(_image);

    [Test]
    public async Task What_was_written_last_is_read_flushed_or_not()
    {
        using WriteCache cache = New();
        cache.Write(0, Filled(1, 2), durable: false);
        cache.Flush();
        cache.Write(0, Filled(2, 1), durable: false);
        byte[] read = new byte[3 * Block];
        cache.Read(0, read);

        await Assert.That((int)read[0]).IsEqualTo(2);
        await Assert.That((int)read[Block]).IsEqualTo(1);
        await Assert.That((int)read[2 * Block]).IsEqualTo(0);
        await Assert.That(cache.Flushes).IsEqualTo(1);
    }

    [Test]
    public async Task A_cut_that_nothing_survives_leaves_what_was_flushed_or_forced()
    {
        CutOutcome outcome;
        using (WriteCache cache = New())
        {
            cache.Write(0, Filled(1, 3), durable: false);
            cache.Flush();
            cache.Write(0, Filled(2, 2), durable: false);
            cache.Write(Block, Filled(3, 1), durable: true);
            outcome = cache.Cut(Survival.Nothing, new Random(1));
        }

        await Assert.That(Medium()).IsEqualTo("1310");
        await Assert.That(outcome).IsEqualTo(new CutOutcome(Unflushed: 1, Reverted: 1, Halfway: 0));
    }

    [Test]
    public async Task A_cut_that_anything_survives_leaves_each_of_the_writes_to_a_block_and_each_block_on_its_own()
    {
        HashSet<string> seen = [];
        for (int seed = 0; seed < 200; seed++)
        {
            using (WriteCache cache = New())
            {
                cache.Write(0, Filled(1, 2), durable: false);
                cache.Flush();
                cache.Write(0, Filled(2, 1), durable: false);
                cache.Write(0, Filled(3, 1), durable: false);
                cache.Write(Block, Filled(4, 1), durable: false);
                cache.Cut(Survival.Anything, new Random(seed));
            }

            seen.Add(Medium());
        }

        await Assert.That(seen).IsEquivalentTo(["1100", "2100", "3100", "1400", "2400", "3400"]);
    }

    [Test]
    public async Task A_lying_disk_keeps_nothing()
    {
        using (WriteCache cache = New(losesFlushed: true))
        {
            cache.Write(0, Filled(1, 1), durable: true);
            cache.Flush();
            cache.Cut(Survival.Nothing, new Random(1));
        }

        await Assert.That(Medium()).IsEqualTo("0000");
    }

    private static byte[] Filled(byte value, int blocks)
    {
        byte[] data = new byte[blocks * Block];
        Array.Fill(data, value);
        return data;
    }

    private WriteCache New(bool losesFlushed = false)
    {
        File.WriteAllBytes(_image, new byte[4 * Block]);
        return new WriteCache(File.OpenHandle(_image, FileMode.Open, FileAccess.ReadWrite), losesFlushed);
    }

    /// <summary>The first byte of each block.</summary>
    private string Medium()
    {
        byte[] image = File.ReadAllBytes(_image);
        return $"{image[0]}{image[Block]}{image[2 * Block]}{image[3 * Block]}";
    }
}
