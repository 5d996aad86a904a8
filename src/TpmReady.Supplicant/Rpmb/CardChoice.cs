// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Rpmb;

/// <summary>How the card is chosen whose RPMB is served.</summary>
internal enum CardChoice
{
    /// <summary>By the number in the request: N is /dev/mmcblkNrpmb.</summary>
    ByNumber,

    /// <summary>By its CID register, whatever number it has.</summary>
    ByIdentification,

    /// <summary>The only card with an RPMB.</summary>
    Only,
}
