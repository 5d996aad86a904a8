// SPDX-License-Identifier: MIT

using System;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Rpmb;

/// <summary>Something that keeps an RPMB: a card, or the emulation of one. Called by one thread at a time.</summary>
internal interface IRpmbDevice
{
    /// <summary>Tells what the device is, for GET_DEV_INFO.</summary>
    /// <param name="number">The device that the secure world was built for (CFG_RPMB_FS_DEV_ID).</param>
    /// <param name="information">Filled on success only.</param>
    TeeResult Describe(ushort number, out RpmbInformation information);

    /// <summary>Passes frames to the device and takes its answer.</summary>
    /// <param name="number">The device that the secure world was built for.</param>
    /// <param name="type">The type of all request frames: one of the first four.</param>
    /// <param name="request">
    /// One or more whole frames, a private copy; more than one only to program a key or to write.
    /// </param>
    /// <param name="response">Zeroed, one or more whole frames; more than one only to read.</param>
    /// <returns>Success if the device answered, whatever it said.</returns>
    TeeResult Exchange(ushort number, RpmbMessageType type, Span<byte> request, Span<byte> response);

    /// <summary>The supplicant is about to end: waiting ends now, with an error.</summary>
    void AbortWaits()
    {
    }

    /// <summary>A successor takes over: lets go what only one process can have, until the next request.</summary>
    void LetGo()
    {
    }
}
