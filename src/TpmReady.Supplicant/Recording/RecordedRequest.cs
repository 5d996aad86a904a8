// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Linux.Tee;

namespace TpmReady.Supplicant.Recording;

/// <summary>A request as a recording holds it; checked, so that nothing in it reaches beyond it.</summary>
/// <param name="Header">Its header.</param>
/// <param name="Received">The parameters, without those of the transport.</param>
/// <param name="Answered">The same, as they were answered.</param>
/// <param name="Incoming">For each parameter the bytes that came in; empty but for memory references.</param>
/// <param name="Outgoing">For each parameter the bytes that went out, as far as they were kept.</param>
internal sealed record RecordedRequest(
    RecordHeader Header,
    TeeParameter[] Received,
    TeeParameter[] Answered,
    IReadOnlyList<byte[]> Incoming,
    IReadOnlyList<byte[]> Outgoing)
{
    /// <summary>Whether buffers are not in the recording in full, so that answers cannot be compared.</summary>
    public bool IsCut => (Header.Flags & RecordHeader.IsCut) != 0;
}
