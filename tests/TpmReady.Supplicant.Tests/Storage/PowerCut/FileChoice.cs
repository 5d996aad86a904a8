// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <summary>Something in a file that was not flushed: the medium shows one of these versions of it.</summary>
/// <param name="File">The file.</param>
/// <param name="First">The first sector, or <see cref="IsLength"/>.</param>
/// <param name="Count">How many sectors go together.</param>
/// <param name="Events">The versions: everything up to this event of the file; 0 is the durable one.</param>
internal sealed record FileChoice(MemoryFile File, int First, int Count, int[] Events)
{
    public const int IsLength = -1;
}
