// SPDX-License-Identifier: MIT

using System.Linq;
using TpmReady.Supplicant.Rpmb;
using static TpmReady.Boot.TeeSupplicant.SupplicantOptionTable;

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>The options of the RPMB.</summary>
internal sealed partial class SupplicantOptionReader
{
    // Not in OP-TEE's own names, which are numbers, UUIDs and dirf.db.
    private const string DefaultEmulationName = "rpmb-emulation";
    private const int CidDigits = 32;
    private const int LongestPostSleep = 1_000_000;

    /// <summary>
    /// Whether an option says whose RPMB is served. One on the command line outweighs all in the environment.
    /// </summary>
    private static bool SelectsRpmb(string name) => name is RpmbCidName or RpmbOnlyName or RpmbEmulationName;

    private RpmbOptions? ReadRpmb(string storage)
    {
        string? cid = Get(RpmbCidName);
        if (cid is not null && (cid.Length != CidDigits || !cid.All(char.IsAsciiHexDigit)))
        {
            Reject($"--{RpmbCidName}={cid}: {CidDigits} hexadecimal digits are expected");
            cid = null;
        }

        string? emulation = ReadEmulation(storage);
        int selections = (cid is null ? 0 : 1) + (Has(RpmbOnlyName) ? 1 : 0) + (emulation is null ? 0 : 1);
        if (selections > 1)
        {
            Reject($"--{RpmbCidName}, --{RpmbOnlyName} and --{RpmbEmulationName} exclude each other");
        }

        RpmbOptions options = new()
        {
            Card = cid is not null ? CardSelection.ByIdentification(cid)
                : Has(RpmbOnlyName) ? CardSelection.Only
                : CardSelection.ByNumber,
            EmulationPath = emulation,
            PostSleepMicroseconds = (uint)ReadNumber(RpmbPostSleepName, 0, LongestPostSleep, 0),
        };
        return Has(NoRpmbName) ? null : options;
    }

    /// <summary>The file of the emulation. In the environment "yes" stands for the option without a file.</summary>
    private string? ReadEmulation(string storage)
    {
        switch (Get(RpmbEmulationName))
        {
            case null or "0" or "no" or "false" or "off":
                return null;
            case "" or "1" or "yes" or "true" or "on":
                return Absolute(RpmbEmulationName, $"{storage}/{DefaultEmulationName}");
            case string path when path.EndsWith('/'):
                Reject($"--{RpmbEmulationName}={path}: a file is expected, not a directory");
                return null;
            case string path:
                return Absolute(RpmbEmulationName, path);
        }
    }
}
