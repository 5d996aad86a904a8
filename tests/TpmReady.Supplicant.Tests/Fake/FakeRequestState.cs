// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>Where a request is.</summary>
internal enum FakeRequestState
{
    /// <summary>No supplicant has seen it.</summary>
    Queued,

    /// <summary>A supplicant received it.</summary>
    Delivered,

    /// <summary>It ended: by an answer, or because it was killed or aborted.</summary>
    Done,
}
