// SPDX-License-Identifier: MIT

using TpmReady.Supplicant.Storage;
using static TpmReady.Boot.TeeSupplicant.SupplicantOptionTable;

namespace TpmReady.Boot.TeeSupplicant;

/// <content>Options of the store.</content>
internal sealed partial class SupplicantOptionReader
{
    private FileSyncMode ReadFileSync()
    {
        switch (Get(FileSyncName))
        {
            case null or "commit":
                return FileSyncMode.Commit;
            case "strict":
                return FileSyncMode.Strict;
            case string other:
                Reject($"--{FileSyncName}={other}: commit or strict is expected");
                return FileSyncMode.Commit;
        }
    }
}
