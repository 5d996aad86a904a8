// SPDX-License-Identifier: MIT

namespace TpmReady.Board.Tests;

/// <summary>Where OP-TEE's storage is while its test suite runs.</summary>
internal enum XtestStorage
{
    /// <summary>In files, through the supplicant.</summary>
    Files,

    /// <summary>In an RPMB that the supplicant emulates, and nowhere else.</summary>
    RpmbEmulated,

    /// <summary>In the RPMB of the board's eMMC, and nowhere else.</summary>
    RpmbOfCard,
}
