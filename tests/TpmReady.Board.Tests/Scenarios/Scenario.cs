// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;

namespace TpmReady.Board.Tests.Scenarios;

/// <summary>A machine whose TPM is to be ready before its first user; nothing but data.</summary>
/// <param name="Name">Its name in the table.</param>
/// <param name="What">The machine in words.</param>
/// <param name="Machine">The board, without what a column decides.</param>
/// <param name="Columns">Who is tried on it.</param>
/// <param name="Short">Those of them that <c>./test</c> tries; <c>bench/scenarios</c> tries all.</param>
public sealed record Scenario(
    string Name,
    string What,
    BoardOptions Machine,
    IReadOnlyList<ScenarioColumn> Columns,
    IReadOnlyList<ScenarioColumn> Short)
{
    // PID 1 reads the first (the kernel hands it over as environment), what it starts the second. It stands for
    // systemd-stub's measurements, which need EFI (docs/ENVIRONMENT.md of systemd). The third: board/payload/measure.
    private const string Measure =
        "SYSTEMD_FORCE_MEASURE=1 systemd.setenv=SYSTEMD_FORCE_MEASURE=1 board.measure";

    private static readonly ScenarioColumn[] Everybody = Enum.GetValues<ScenarioColumn>();

    private static readonly ScenarioColumn[] OnlyOurs = [ScenarioColumn.Ours];

    /// <summary>Panics of TAs before PID 1 of the root begins, whoever takes care of the TPM.</summary>
    public int PanicsBefore { get; init; }

    /// <summary>Whether anybody can make this TPM work. If not, the boot is to go on, and to say why.</summary>
    public bool CanWork { get; init; } = true;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        new(
            "node-before-usable",
            "driver bound before the supplicant, TA in the firmware",
            new BoardOptions
            {
                Firmware = FirmwareKind.Before, DriverAutoload = true, KernelParameters = "board.early-bind",
            },
            Everybody,
            Everybody),
        new(
            "probed-before-supplicant",
            "driver that probed in vain before there was a supplicant, TA in the firmware that can start again",
            new BoardOptions
            {
                Firmware = FirmwareKind.BeforeRestart,
                DriverAutoload = true,
                KernelParameters = "board.early-probe",
            },
            Everybody,
            [])
        {
            PanicsBefore = 1,
        },
        new(
            "lost-before-supplicant",
            "the same, and the TA stays dead until the power is cut, as current firmware has it",
            new BoardOptions
            {
                Firmware = FirmwareKind.Before, DriverAutoload = true, KernelParameters = "board.early-probe",
            },
            Everybody,
            [])
        {
            PanicsBefore = 1, CanWork = false,
        },
        new(
            "announced-to-supplicant",
            "driver a module, TA in the firmware, announced to the first supplicant",
            new BoardOptions { Firmware = FirmwareKind.After, DriverAutoload = true },
            Everybody,
            []),
        new(
            "announced-early",
            "driver a module that udev loads, TA in the firmware, announced at once",
            new BoardOptions { Firmware = FirmwareKind.Before, DriverAutoload = true },
            Everybody,
            []),
        new(
            "ta-in-root",
            "driver a module, TA in the root file system, device tree",
            new BoardOptions { Firmware = FirmwareKind.ReeFs, DriverAutoload = true },
            Everybody,
            []),
        new(
            "dracut-rpmb",
            "initrd by dracut, driver a module, storage in RPMB",
            new BoardOptions
            {
                Firmware = FirmwareKind.Rpmb, Emmc = true, DriverAutoload = true, Initrd = InitrdKind.Dracut,
            },
            Everybody,
            []),
        new(
            "initramfs-tools-rpmb",
            "initrd by initramfs-tools, driver a module, storage in RPMB",
            new BoardOptions
            {
                Firmware = FirmwareKind.Rpmb, Emmc = true, DriverAutoload = true, Initrd = InitrdKind.InitramfsTools,
            },
            OnlyOurs,
            []),
    ];

    /// <summary>The one with a name.</summary>
    public static Scenario Named(string name) =>
        All.Single(scenario => string.Equals(scenario.Name, name, StringComparison.Ordinal));

    /// <summary>The board with what a column decides.</summary>
    public BoardOptions Board(ScenarioColumn column) => Machine with
    {
        Supplicant = column switch
        {
            ScenarioColumn.Stock => SupplicantKind.Stock,
            ScenarioColumn.Shipped => SupplicantKind.Shipped,
            ScenarioColumn.Ours => SupplicantKind.Units,
            _ => throw new ArgumentOutOfRangeException(nameof(column)),
        },
        KernelParameters = string.Join(
            ' ',
            new[] { Machine.KernelParameters, Measure, Words(column) }.Where(static words => words.Length > 0)),
    };

    // Our pieces are in the board's initrds for whoever takes care of the TPM; with this word they do nothing.
    private static string Words(ScenarioColumn column) => column switch
    {
        ScenarioColumn.Stock => "rd.tpmready.wait=no",
        ScenarioColumn.Shipped => "rd.tpmready.wait=no systemd.tpm2_wait=1",
        _ => "",
    };

    /// <summary>The users of the TPM that a boot of this machine has, in the order in which they come.</summary>
    public IReadOnlyList<ConsumerName> Consumers =>
    [
        .. Machine.Initrd == InitrdKind.Dracut ? ConsumerName.OfInitrd : [],
        .. ConsumerName.OfHost,
    ];
}
