// SPDX-License-Identifier: MIT

using System.IO;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Board.Guest;

namespace TpmReady.Board.Tests.Harness;

/// <summary>The frames of the guest's agent, byte by byte.</summary>
public sealed class FrameTests
{
    [Test]
    public async Task A_frame_has_length_id_and_type_in_little_endian()
    {
        using MemoryStream stream = new();
        await new Frame(FrameType.Run, 0x01020304, [0x61, 0x62]).WriteAsync(stream, CancellationToken.None);

        await Assert.That(stream.ToArray()).IsEquivalentTo(
            new byte[] { 2, 0, 0, 0, 4, 3, 2, 1, 1, 0x61, 0x62 }, TUnit.Assertions.Enums.CollectionOrdering.Matching);
    }

    [Test]
    public async Task What_is_written_is_read_back()
    {
        using MemoryStream stream = new();
        await new Frame(FrameType.Out, 7, [1, 2, 3]).WriteAsync(stream, CancellationToken.None);
        stream.Position = 0;
        Frame frame = await Frame.ReadAsync(stream, CancellationToken.None);

        await Assert.That(frame.Type).IsEqualTo(FrameType.Out);
        await Assert.That(frame.Id).IsEqualTo(7u);
        await Assert.That(frame.Payload.Length).IsEqualTo(3);
    }

    [Test]
    public async Task A_length_beyond_the_limit_is_refused_before_it_is_allocated()
    {
        using MemoryStream stream = new([0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0, 17]);

        await Assert.That(async () => await Frame.ReadAsync(stream, CancellationToken.None)).Throws<BoardException>();
    }
}
