// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Tests.Handover;

/// <summary>Where a process can be killed.</summary>
internal enum DeathPoint
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>The kernel delivered a request, and the process never saw it.</summary>
    AfterReceive,

    /// <summary>The request was served, and the arena does not say so.</summary>
    AfterServing,

    /// <summary>The request was served, and the answer is not on its way.</summary>
    BeforeSend,

    /// <summary>The answer was delivered, and the process never learned of it.</summary>
    AfterSend,
}
