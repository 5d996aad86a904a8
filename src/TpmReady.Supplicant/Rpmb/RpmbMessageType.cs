// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Rpmb;

/// <summary>
/// What an RPMB frame says (JESD84-B51, section 6.6.22, "Request/Response Message Type"). A response carries the
/// request's number shifted by eight bits.
/// </summary>
internal enum RpmbMessageType : ushort
{
    /// <summary>Program the authentication key; possible once in the card's life.</summary>
    ProgramKey = 1,

    /// <summary>Read the write counter.</summary>
    ReadCounter = 2,

    /// <summary>Write blocks, authenticated by a MAC over the data and the write counter.</summary>
    Write = 3,

    /// <summary>Read blocks.</summary>
    Read = 4,

    /// <summary>Hand out the result of the last key programming or write.</summary>
    ReadResult = 5,
}
