// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Arena;

/// <summary>What a slot holds.</summary>
public enum SlotState
{
    /// <summary>Nothing that matters.</summary>
    Free = 0,

    /// <summary>
    /// Handed to the kernel. If the first parameter's attribute has become value in-out plus the transport's bit
    /// (0x103), a request was delivered and is owed an answer, even if nobody lived to see it.
    /// </summary>
    Armed = 1,

    /// <summary>A request that is being served.</summary>
    Received = 2,

    /// <summary>The answer is complete and may or may not have reached the kernel.</summary>
    Answering = 3,
}
