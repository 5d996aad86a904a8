// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Linux.Network;
using TpmReady.Supplicant.Profiling;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Sockets;

namespace TpmReady.Boot.TeeSupplicant;

/// <content>Sockets and profiles. What is switched off has no service: "not supported" is then the answer.</content>
internal sealed unsafe partial class SupplicantProgram
{
    private SocketService? _sockets;

    private void AddNetworkAndProfiles(List<IRpcService> services)
    {
        if (_options.Sockets is SocketOptions sockets)
        {
            _sockets = new SocketService(
                new LinuxSocketOperations(), new SocketPolicy(sockets.Rules), sockets.Limits, sockets.IsStrict, _log);
            services.Add(_sockets);
        }

        if (_options.ProfilePath is string directory)
        {
            ProfileFiles files = new(directory, _files, new ProfileLimits(), _log);
            services.Add(new ProfileService(ProfileKind.Gprof, files));
            services.Add(new ProfileService(ProfileKind.Ftrace, files));
        }
    }
}
