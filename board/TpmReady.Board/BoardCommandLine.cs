// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using TpmReady.Board.Machine;

namespace TpmReady.Board;

/// <summary>A board's options as words on a command line, both ways.</summary>
public static class BoardCommandLine
{
    /// <summary>What <c>board/board boot</c> understands.</summary>
    public const string Usage =
        """
          --firmware KIND      before, before-restart, after, after-supp, reefs, rpmb, uefi (default: after)
          --chip KIND          tpm2, tpm12, none (default: tpm2); only with --firmware uefi
          --supplicant KIND    ours, c, units, stock, shipped, none (default: ours)
          --init KIND          systemd, plain (default: systemd)
          --initrd KIND        none, dracut, initramfs-tools (default: none)
          --state DIRECTORY    keep the disks and the TPM's state there
          --memory MIB         RAM (default: 1024)
          --cpus N             processors (default: 2)
          --driver-autoload    let udev load the fTPM driver
          --emmc               add an eMMC with RPMB
          --spare-disk         add an empty disk, /dev/disk/by-id/virtio-spare
          --file NAME=PATH     a further file for /opt/board; may be given again
          --supplicant-options WORDS
                               further options for our supplicant, separated by spaces
          --append PARAMETERS  append to the kernel's command line
        """;

    private static readonly Dictionary<string, FirmwareKind> Firmwares = new(StringComparer.Ordinal)
    {
        ["before"] = FirmwareKind.Before,
        ["before-restart"] = FirmwareKind.BeforeRestart,
        ["after"] = FirmwareKind.After,
        ["after-supp"] = FirmwareKind.AfterSupplicantFlag,
        ["reefs"] = FirmwareKind.ReeFs,
        ["rpmb"] = FirmwareKind.Rpmb,
        ["uefi"] = FirmwareKind.Uefi,
    };

    private static readonly Dictionary<string, ChipKind> Chips = new(StringComparer.Ordinal)
    {
        ["tpm2"] = ChipKind.Tpm2,
        ["tpm12"] = ChipKind.Tpm12,
        ["none"] = ChipKind.None,
    };

    private static readonly Dictionary<string, SupplicantKind> Supplicants = new(StringComparer.Ordinal)
    {
        ["ours"] = SupplicantKind.Ours,
        ["c"] = SupplicantKind.C,
        ["units"] = SupplicantKind.Units,
        ["stock"] = SupplicantKind.Stock,
        ["shipped"] = SupplicantKind.Shipped,
        ["none"] = SupplicantKind.None,
    };

    private static readonly Dictionary<string, InitKind> Inits = new(StringComparer.Ordinal)
    {
        ["systemd"] = InitKind.Systemd,
        ["plain"] = InitKind.Plain,
    };

    private static readonly Dictionary<string, InitrdKind> Initrds = new(StringComparer.Ordinal)
    {
        ["none"] = InitrdKind.None,
        ["dracut"] = InitrdKind.Dracut,
        ["initramfs-tools"] = InitrdKind.InitramfsTools,
    };

    /// <summary>Reads options; words that are not options are left in <paramref name="rest"/>.</summary>
    /// <exception cref="BoardException">An option is unknown, lacks its value, or has a wrong one.</exception>
    public static BoardOptions Parse(IReadOnlyList<string> words, out List<string> rest)
    {
        BoardOptions options = new();
        rest = [];
        Queue<string> left = new(words);
        while (left.TryDequeue(out string? word))
        {
            options = word switch
            {
                "--firmware" => options with { Firmware = Choose(Firmwares, word, left) },
                "--chip" => options with { Chip = Choose(Chips, word, left) },
                "--supplicant" => options with { Supplicant = Choose(Supplicants, word, left) },
                "--init" => options with { Init = Choose(Inits, word, left) },
                "--initrd" => options with { Initrd = Choose(Initrds, word, left) },
                "--state" => options with { StateDirectory = System.IO.Path.GetFullPath(Value(word, left)) },
                "--memory" => options with { MemoryMebibytes = Number(word, left) },
                "--cpus" => options with { Processors = Number(word, left) },
                "--driver-autoload" => options with { DriverAutoload = true },
                "--emmc" => options with { Emmc = true },
                "--spare-disk" => options with { SpareDisk = true },
                "--file" => AddFile(options, Value(word, left)),
                "--supplicant-options" => options with { SupplicantArguments = Value(word, left) },
                "--append" => options with { KernelParameters = Value(word, left) },
                _ when word.StartsWith("--", StringComparison.Ordinal) => throw new BoardException($"unknown option {word}"),
                _ => Keep(options, rest, word),
            };
        }

        return options;
    }

    /// <summary>The command that boots a board with these options.</summary>
    public static string Format(BoardOptions options, string? stateDirectory)
    {
        List<string> words =
        [
            "boot", "--firmware", NameOf(Firmwares, options.Firmware),
            "--supplicant", NameOf(Supplicants, options.Supplicant),
            "--init", NameOf(Inits, options.Init),
            "--initrd", NameOf(Initrds, options.Initrd),
            "--memory", options.MemoryMebibytes.ToString(CultureInfo.InvariantCulture),
            "--cpus", options.Processors.ToString(CultureInfo.InvariantCulture),
        ];
        words.AddRange(options.Firmware == FirmwareKind.Uefi ? ["--chip", NameOf(Chips, options.Chip)] : []);
        words.AddRange(options.DriverAutoload ? ["--driver-autoload"] : []);
        words.AddRange(options.Emmc ? ["--emmc"] : []);
        words.AddRange(options.SpareDisk ? ["--spare-disk"] : []);
        words.AddRange(options.ExtraFiles.SelectMany(static file => (string[])["--file", $"{file.Key}={file.Value}"]));
        words.AddRange(
            options.SupplicantArguments.Length > 0 ? ["--supplicant-options", options.SupplicantArguments] : []);
        words.AddRange(options.KernelParameters.Length > 0 ? ["--append", options.KernelParameters] : []);
        words.AddRange(stateDirectory is null ? [] : ["--state", stateDirectory]);
        return ChildProcess.Quote("board/board", words);
    }

    private static BoardOptions Keep(BoardOptions options, List<string> rest, string word)
    {
        rest.Add(word);
        return options;
    }

    private static BoardOptions AddFile(BoardOptions options, string value)
    {
        int equals = value.IndexOf('=', StringComparison.Ordinal);
        return equals < 1
            ? throw new BoardException($"--file needs NAME=PATH, not {value}")
            : options with
            {
                ExtraFiles = new Dictionary<string, string>(options.ExtraFiles, StringComparer.Ordinal)
                {
                    [value[..equals]] = System.IO.Path.GetFullPath(value[(equals + 1)..]),
                },
            };
    }

    private static string Value(string option, Queue<string> left) =>
        left.TryDequeue(out string? value) ? value : throw new BoardException($"{option} needs a value");

    private static int Number(string option, Queue<string> left)
    {
        string value = Value(option, left);
        return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
            ? number
            : throw new BoardException($"{option} needs a number above 0, not {value}");
    }

    private static T Choose<T>(Dictionary<string, T> choices, string option, Queue<string> left)
    {
        string value = Value(option, left);
        return choices.TryGetValue(value, out T? choice)
            ? choice
            : throw new BoardException($"{option} takes one of {string.Join(", ", choices.Keys)}, not {value}");
    }

    private static string NameOf<T>(Dictionary<string, T> choices, T wanted)
        where T : struct, Enum
    {
        foreach ((string name, T choice) in choices)
        {
            if (EqualityComparer<T>.Default.Equals(choice, wanted))
            {
                return name;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(wanted));
    }
}
