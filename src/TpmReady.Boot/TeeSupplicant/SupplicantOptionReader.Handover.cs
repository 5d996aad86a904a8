// SPDX-License-Identifier: MIT

using static TpmReady.Boot.TeeSupplicant.SupplicantOptionTable;

namespace TpmReady.Boot.TeeSupplicant;

/// <content>What a successor gets.</content>
internal sealed partial class SupplicantOptionReader
{
    private bool? ReadHandover()
    {
        switch (Get(HandoverName))
        {
            case null or "auto":
                return null;
            case "on":
                return true;
            case "off":
                return false;
            case string other:
                Reject($"--{HandoverName}={other}: auto, on or off is expected");
                return null;
        }
    }
}
