// SPDX-License-Identifier: MIT

using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;

namespace TpmReady.Boot.TeeSupplicant;

/// <content>The network that TAs get, and the directory of profiles.</content>
internal static unsafe partial class ConfigurationCheck
{
    private static void SayNetworkAndProfiles(SupplicantOptions options, IFileOperations files)
    {
        Say(options.Sockets switch
        {
            null => "good: TAs get no network",
            { Rules.Count: 0 } => "note: TAs may connect to everywhere; --socket-allow limits that",
            _ => $"good: TAs may connect only where one of {options.Sockets.Rules.Count} rules allows it",
        });
        if (options.ProfilePath is string profiles)
        {
            int error = Look(files, profiles, out _);
            Say(
                error == Errno.Success
                    ? $"good: profile directory {profiles}"
                    : $"note: profile directory {profiles}: {Errno.Name(error)}; no profiles of TAs are written");
        }
    }
}
