// SPDX-License-Identifier: MIT

using System.IO;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Sandbox;

namespace TpmReady.Boot.TeeSupplicant;

/// <content>The cage: what it leaves open follows from what is switched on.</content>
internal sealed unsafe partial class SupplicantProgram
{
    private Cage? _cage;
    private bool _hasPlugins;

    /// <summary>First of all, because threads that exist keep what they have.</summary>
    private void DropCapabilities()
    {
        _cage = new Cage(_options.Sandbox, _files);
        _cage.DropCapabilities(_options.ServesFileSystem ? _options.StoragePath : null);
    }

    /// <summary>Last of all before requests come: what is needed only once was done by now.</summary>
    private void CloseCage()
    {
        if (_cage is null)
        {
            return;
        }

        _cage.Close(CreateScope());
        _log.Write(_cage.IsComplete ? LogLevel.Info : LogLevel.Notice, _cage.ToString());
    }

    private SandboxScope CreateScope() => new()
    {
        StoragePath = _options.ServesFileSystem ? _options.StoragePath : null,
        TrustedApplicationPaths = _options.TrustedApplicationPaths,
        HasSockets = _options.Sockets is not null,
        ProfilePath = _options.ProfilePath,
        HasRpmb = _options.Rpmb is { EmulationPath: null },
        EmulationDirectory = Path.GetDirectoryName(_options.Rpmb?.EmulationPath),

        // Cards come and go.
        DevicePaths = _options.Rpmb is { EmulationPath: null } ? ["/dev"] : [],
        HasPlugins = _hasPlugins,
        AllowedPaths = _options.AllowedPaths,
        ReportDirectory = Path.GetDirectoryName(_options.StatisticsFile),
        UsesAbstractSocket = _notifyAddress?.StartsWith('@') == true,
        AwaitsSuccessor = _door is not null,
    };
}
