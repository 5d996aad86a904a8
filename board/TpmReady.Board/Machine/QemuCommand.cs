// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;

namespace TpmReady.Board.Machine;

/// <summary>The emulator's command line for a board: a pure function of the options and the files.</summary>
internal static class QemuCommand
{
    /// <summary>Where TF-A expects the kernel (its PRELOADED_BL33_BASE) and where this board puts the initramfs.</summary>
    public const ulong KernelAddress = 0x4400_0000;

    /// <summary>Where the initramfs is loaded.</summary>
    public const ulong InitrdAddress = 0x5000_0000;

    /// <summary>The machine itself, without disks that change: also used to ask the emulator for its device tree.</summary>
    /// <remarks>
    /// The flash drive must be there when the tree is dumped: without it the tree describes a PL061 that the machine does
    /// not have, and the kernel dies of a synchronous abort.
    /// </remarks>
    public static List<string> Machine(BoardOptions options, string flash, string machineSuffix = "") =>
    [
        "-machine", "virt,secure=on,gic-version=3" + machineSuffix,
        .. Processors(options),
        "-drive", $"if=pflash,unit=0,format=raw,readonly=on,file={Escape(flash)}",
    ];

    /// <summary>The whole command line of a boot.</summary>
    public static List<string> Boot(BoardOptions options, BoardArtifacts artifacts, BoardFiles files)
    {
        List<string> arguments = options.Firmware == FirmwareKind.Uefi
            ? Ordinary(options, artifacts, files)
            : WithSecureWorld(options, artifacts, files);
        arguments.AddRange(
        [
            "-display", "none",
            "-no-reboot",
            "-drive", $"if=none,id=root,format=qcow2,file={Escape(files.RootOverlay)}",
            "-device", "virtio-blk-pci,drive=root,serial=root",
            "-drive", $"if=none,id=payload,format=raw,readonly=on,file={Escape(files.Payload)}",
            "-device", "virtio-blk-pci,drive=payload,serial=payload",
            "-device", "virtio-serial-pci",
            "-chardev", $"socket,id=agent,path={Escape(files.AgentSocket)},server=on,wait=off",
            // EDK II makes its console of the first ports of each virtio-serial device.
            "-device", "virtserialport,nr=16,chardev=agent,name=tpmready.agent",
            "-device", "virtio-rng-pci",
            .. Tpm(options, files),
            "-serial", options.Interactive ? "mon:stdio" : $"file:{Escape(files.NormalLog)}",
            .. options.Firmware == FirmwareKind.Uefi ? [] : (string[])["-serial", $"file:{Escape(files.SecureLog)}"],
        ]);
        if (options.SpareDisk)
        {
            arguments.AddRange(
            [
                "-drive", $"if=none,id=spare,format=qcow2,file={Escape(files.SpareDisk)}",
                "-device", "virtio-blk-pci,drive=spare,serial=spare",
            ]);
        }

        if (options.Emmc)
        {
            arguments.AddRange(
            [
                "-device", "sdhci-pci",
                "-drive", $"if=none,id=emmc,format=raw,file={Escape(files.Emmc)}",
                "-device", $"emmc,drive=emmc,boot-partition-size=0,rpmb-partition-size={Number(BoardFiles.RpmbBytes)}",
            ]);
        }

        if (options.StoreSocket is { } store)
        {
            arguments.AddRange(
            [
                "-drive", $"if=none,id=store,format=raw,file.driver=nbd,file.server.type=unix,file.server.path={Escape(store)}",
                "-device", "virtio-blk-pci,drive=store,serial=store,logical_block_size=4096,physical_block_size=4096",
            ]);
        }

        return arguments;
    }

    /// <summary>The kernel's command line.</summary>
    public static string KernelCommandLine(BoardOptions options)
    {
        List<string> words =
        [
            "console=ttyAMA0", "earlycon", "panic=-1", "net.ifnames=0",
            $"board.supplicant={Name(options.Supplicant)}",
        ];
        if (options.Initrd != InitrdKind.None)
        {
            words.AddRange(["root=LABEL=board-root", "rootfstype=ext4", "rw"]);
        }

        if (options.Init == InitKind.Plain)
        {
            words.Add("board.init=/opt/board/plain-init");
        }

        if (!options.DriverAutoload)
        {
            words.Add("modprobe.blacklist=tpm_ftpm_tee");
        }

        if (options.SupplicantArguments.Length > 0)
        {
            words.Add($"board.supplicant-options={options.SupplicantArguments.Replace(' ', ',')}");
        }

        if (options.KernelParameters.Length > 0)
        {
            words.Add(options.KernelParameters);
        }

        return string.Join(' ', words);
    }

    /// <summary>The word for a supplicant on the command lines of kernel and tool.</summary>
    public static string Name(SupplicantKind kind) => kind switch
    {
        SupplicantKind.Ours => "ours",
        SupplicantKind.C => "c",
        SupplicantKind.Units => "units",
        SupplicantKind.Stock => "stock",
        SupplicantKind.Shipped => "shipped",
        SupplicantKind.None => "none",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static List<string> WithSecureWorld(BoardOptions options, BoardArtifacts artifacts, BoardFiles files) =>
    [
        .. Machine(options, artifacts.Flash(options.Firmware)),
        "-device", $"loader,file={Escape(artifacts.Kernel)},addr={Hex(KernelAddress)},force-raw=on",
        "-device", $"loader,file={Escape(files.Initrd)},addr={Hex(InitrdAddress)},force-raw=on",
        "-dtb", files.DeviceTree,
    ];

    private static List<string> Ordinary(BoardOptions options, BoardArtifacts artifacts, BoardFiles files) =>
    [
        // The kernel takes a TPM 1.2 from a device tree only: with ACPI this machine gives it the name of a TPM 2.0.
        "-machine", "virt,gic-version=3" + (options.Chip == ChipKind.Tpm12 ? ",acpi=off" : ""),
        .. Processors(options),
        "-bios", artifacts.Uefi,
        "-kernel", artifacts.Kernel,
        "-initrd", files.Initrd,
        "-append", KernelCommandLine(options),
    ];

    private static string[] Processors(BoardOptions options) =>
    [
        "-cpu", "cortex-a57",
        "-smp", Number(options.Processors),
        "-m", Number(options.MemoryMebibytes),
        "-accel", "tcg,thread=multi",
        "-nodefaults",
    ];

    private static string[] Tpm(BoardOptions options, BoardFiles files) => options switch
    {
        { Firmware: not FirmwareKind.Uefi } =>
        [
            "-chardev", $"socket,id=tpm,path={Escape(files.TpmSocket)},server=off",
            "-device", "virtserialport,chardev=tpm,name=tpmready.tpm",
        ],
        { Chip: not ChipKind.None } =>
        [
            "-chardev", $"socket,id=tpm,path={Escape(files.TpmSocket)},server=off",
            "-tpmdev", "emulator,id=chip,chardev=tpm",
            "-device", "tpm-tis-device,tpmdev=chip",
        ],
        _ => [],
    };

    /// <summary>A comma separates the emulator's sub-options, and is written twice to stand for itself.</summary>
    private static string Escape(string path) => path.Replace(",", ",,", StringComparison.Ordinal);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Hex(ulong value) => "0x" + value.ToString("x", CultureInfo.InvariantCulture);
}
