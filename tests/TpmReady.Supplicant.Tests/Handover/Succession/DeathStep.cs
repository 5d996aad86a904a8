// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Tests.Handover.Succession;

/// <summary>Where a successor ends.</summary>
internal enum DeathStep
{
    /// <summary>It does not: it takes over.</summary>
    None,

    /// <summary>As soon as it has device and arena.</summary>
    AfterOffer,

    /// <summary>It says why it cannot, as with an arena of another version.</summary>
    Refuses,

    /// <summary>It said that it is ready, and is gone when the state comes.</summary>
    AfterReady,

    /// <summary>It has the state, and has touched nothing.</summary>
    AfterGo,

    /// <summary>It has adopted the state and is about to serve.</summary>
    BeforeServing,
}
