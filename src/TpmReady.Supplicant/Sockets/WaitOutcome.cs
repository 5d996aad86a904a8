// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Sockets;

/// <summary>How a wait for a peer ended.</summary>
internal enum WaitOutcome
{
    /// <summary>The socket is ready, or has an error to tell.</summary>
    Ready,

    /// <summary>The time is over.</summary>
    TimedOut,

    /// <summary>The socket was closed meanwhile, or the program ends.</summary>
    Closed,

    /// <summary>As many threads as may wait do so already.</summary>
    TooMany,
}
