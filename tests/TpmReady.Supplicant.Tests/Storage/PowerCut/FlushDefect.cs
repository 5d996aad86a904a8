// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <summary>Ways to get flushing wrong, each of which the simulation must find.</summary>
internal enum FlushDefect
{
    /// <summary>None.</summary>
    None,

    /// <summary>Flushing does nothing.</summary>
    NoFlush,

    /// <summary>The answer goes out first.</summary>
    AfterAnswer,

    /// <summary>The index's head becomes durable before what it refers to.</summary>
    HeadBeforeNodes,
}
