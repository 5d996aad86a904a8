// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Supplicant.Protocol;

/// <summary>A resolved memory reference: bytes that the secure world can change at any time.</summary>
/// <remarks>Copy out what is decided upon, then decide on the copy.</remarks>
public readonly ref struct MemoryReference
{
    internal MemoryReference(MemoryState state, Span<byte> bytes)
    {
        State = state;
        Bytes = bytes;
    }

    /// <summary>What the reference turned out to be.</summary>
    public MemoryState State { get; }

    /// <summary>The referenced bytes; empty unless <see cref="State"/> is <see cref="MemoryState.Valid"/>.</summary>
    public Span<byte> Bytes { get; }

    /// <summary>Whether there are bytes to read or write.</summary>
    public bool IsValid => State == MemoryState.Valid;

    /// <summary>Whether the secure world sent no buffer, or one that it does not own.</summary>
    public bool IsNull => State == MemoryState.Null;
}
