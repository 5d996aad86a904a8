// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Handover;

/// <summary>What became of the answer to a request that an earlier process received.</summary>
internal enum LeftFate
{
    /// <summary>No answer was sent: the requester still waits.</summary>
    Owed,

    /// <summary>The process died while it sent the answer.</summary>
    Unknown,

    /// <summary>The answer arrived.</summary>
    Answered,

    /// <summary>The requester was killed, and nobody waits any more.</summary>
    RequesterGone,
}
