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
            case null or "strict":
                return FileSyncMode.Strict;
            case "commit":
                return FileSyncMode.Commit;
            case string other:
                Reject($"--{FileSyncName}={other}: strict or commit is expected");
                return FileSyncMode.Strict;
        }
    }
}
