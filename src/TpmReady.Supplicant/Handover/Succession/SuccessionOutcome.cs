// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Handover.Succession;

/// <summary>How an attempt to hand over ended, for the predecessor.</summary>
internal enum SuccessionOutcome
{
    /// <summary>The predecessor serves as before; the successor never had the state.</summary>
    Kept,

    /// <summary>
    /// The successor died with the state in its hands. The predecessor has claimed it again and must go on from the arena,
    /// as any successor would.
    /// </summary>
    Returned,

    /// <summary>The successor serves; the predecessor must touch nothing any more.</summary>
    HandedOver,
}
