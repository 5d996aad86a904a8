// SPDX-License-Identifier: MIT

using TpmReady.Linux.Files;
using TpmReady.Linux.MultiMediaCard;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Rpmb.Emulation;

namespace TpmReady.Supplicant.Rpmb;

/// <summary>Whose RPMB the secure world gets.</summary>
internal sealed record RpmbOptions
{
    /// <summary>Which card's; of no effect with an emulation.</summary>
    public CardSelection Card { get; init; } = CardSelection.ByNumber;

    /// <summary>The absolute path of the file of an emulation; null for a card.</summary>
    public string? EmulationPath { get; init; }

    /// <summary>How long the driver waits after each write, in microseconds.</summary>
    public uint PostSleepMicroseconds { get; init; }

    /// <summary>
    /// The service for these options. No card is looked for, and no file opened, before the first request.
    /// </summary>
    /// <param name="files">How files are reached; must wait out transient errors.</param>
    /// <param name="log">Where trouble is reported.</param>
    public RpmbService CreateService(IFileOperations files, ILog log)
    {
        IRpmbDevice device = EmulationPath is string path
            ? new EmulatedRpmb(new EmulationFile(path, files, log), log)
            : new CardRpmb(new CardDirectory(files), new LinuxMultiMediaCard(), files, Card, log)
            {
                PostSleepMicroseconds = PostSleepMicroseconds,
            };
        return new RpmbService(device, log);
    }
}
