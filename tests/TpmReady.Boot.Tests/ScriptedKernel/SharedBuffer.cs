// SPDX-License-Identifier: MIT

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>A shared-memory object that the program registered.</summary>
/// <param name="Id">The kernel's number for it.</param>
/// <param name="Address">Where it is in the program.</param>
/// <param name="Length">Its length in bytes.</param>
internal sealed record SharedBuffer(int Id, ulong Address, ulong Length)
{
    /// <summary>The thread of the program that registered it.</summary>
    public object? Owner { get; init; }

    /// <summary>Where it is in the program's memory file, in bytes; -1 where the program has none.</summary>
    public long Offset { get; init; } = -1;
}
