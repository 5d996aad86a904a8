// SPDX-License-Identifier: MIT

using System;
using System.Globalization;

namespace TpmReady.Board.Tests;

/// <summary>What OP-TEE's own test suite runs on: how thorough it is, and where secure storage is.</summary>
/// <param name="Level">xtest's option -l, 0 to 15: the same suites, and cases try more with a higher one.</param>
/// <param name="Storage">Where OP-TEE's storage is.</param>
internal sealed record XtestSetup(int Level, XtestStorage Storage)
{
    // OP-TEE's test of its own TPM (regression_1041) wants the kernel's driver to be there.
    private const string LoadDriver = "modprobe tpm_ftpm_tee && ";

    private static readonly string[] Storages = ["ree", "rpmb-emu", "rpmb-emmc"];

    /// <summary>Whether TPMREADY_TEST_XTEST_BOARDS is 1, for a machine that is busy with others.</summary>
    public static bool OneBoardAtATime => Environment.GetEnvironmentVariable("TPMREADY_TEST_XTEST_BOARDS") is "1";

    /// <summary>The name of the set-up in files and on the page: "ree-0".</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Storages[(int)Storage]}-{Level}");

    /// <summary>Debian builds the C supplicant with an emulated RPMB in its memory: it takes no card.</summary>
    public XtestSetup WithC =>
        Storage == XtestStorage.RpmbOfCard ? this with { Storage = XtestStorage.RpmbEmulated } : this;

    /// <summary>The firmware that has this storage.</summary>
    public FirmwareKind Firmware => Storage == XtestStorage.Files ? FirmwareKind.After : FirmwareKind.Rpmb;

    /// <summary>
    /// Emulated, beside another board, on a busy machine: beyond what was ever seen. Level 1 generates longer keys.
    /// </summary>
    public TimeSpan Limit => TimeSpan.FromMinutes(Level == 0 ? 60 : 240);

    /// <summary>What the board runs. The line "real" at the end has the seconds that xtest took.</summary>
    public string Script
    {
        get
        {
            string card = Storage == XtestStorage.RpmbOfCard ? Wait.ForCard + " && " : "";
            string run = string.Create(CultureInfo.InvariantCulture, $"{{ time -p xtest -l {Level}; }} 2>&1");
            return $"{{ {card}{LoadDriver}{Wait.ForNode("/dev/tpm0")}; }} && {run}";
        }
    }

    /// <summary>
    /// The set-up of TPMREADY_TEST_XTEST_LEVEL and TPMREADY_TEST_XTEST_STORAGE (ree, rpmb-emu, rpmb-emmc); without them
    /// level 0 with files.
    /// </summary>
    /// <exception cref="FormatException">A variable has another value.</exception>
    public static XtestSetup FromEnvironment()
    {
        string storage = Environment.GetEnvironmentVariable("TPMREADY_TEST_XTEST_STORAGE") ?? Storages[0];
        string level = Environment.GetEnvironmentVariable("TPMREADY_TEST_XTEST_LEVEL") ?? "0";
        int kind = Array.IndexOf(Storages, storage);
        return kind >= 0
            ? new XtestSetup(int.Parse(level, NumberStyles.None, CultureInfo.InvariantCulture), (XtestStorage)kind)
            : throw new FormatException(
                $"TPMREADY_TEST_XTEST_STORAGE is one of {string.Join(", ", Storages)}, not {storage}");
    }

    /// <summary>The board for one of the supplicants.</summary>
    public BoardOptions Board(SupplicantKind supplicant) => new()
    {
        Supplicant = supplicant,
        Firmware = Firmware,
        Init = InitKind.Plain,
        Emmc = Storage == XtestStorage.RpmbOfCard,
        SupplicantArguments =
            Storage == XtestStorage.RpmbEmulated && supplicant == SupplicantKind.Ours ? "--rpmb-emu" : "",
    };
}
