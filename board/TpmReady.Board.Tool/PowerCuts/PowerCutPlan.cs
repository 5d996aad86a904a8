// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace TpmReady.Board.Tool.PowerCuts;

/// <summary>What <c>board/board power-cuts</c> is to do: one supplicant, one file system, one kind of disk.</summary>
/// <param name="Board">How the board boots, supplicant included.</param>
/// <param name="Mode">When our supplicant flushes: commit or strict.</param>
/// <param name="FileSystem">What the store is on: ext4 or f2fs.</param>
/// <param name="Liar">Whether the disk says that it has flushed, and has not.</param>
/// <param name="Cuts">How many rows the file is to have.</param>
/// <param name="Rows">The file that gets a row for each cut; one that has rows is continued.</param>
internal sealed record PowerCutPlan(BoardOptions Board, string Mode, string FileSystem, bool Liar, int Cuts, string Rows)
{
    /// <summary>Reads the words after <c>power-cuts</c>.</summary>
    /// <exception cref="BoardException">They are not MODE FILESYSTEM DISK CUTS FILE.</exception>
    public static PowerCutPlan Parse(BoardOptions options, IReadOnlyList<string> words)
    {
        if (words.Count != 5
            || words[0] is not ("commit" or "strict")
            || words[1] is not ("ext4" or "f2fs")
            || words[2] is not ("honest" or "liar")
            || !int.TryParse(words[3], NumberStyles.None, CultureInfo.InvariantCulture, out int cuts))
        {
            throw new BoardException("power-cuts wants commit|strict ext4|f2fs honest|liar CUTS FILE");
        }

        // What the kernel does not know becomes the first process's environment, and so the supplicant's.
        BoardOptions board = options with
        {
            Init = InitKind.Plain,
            KernelParameters = $"TEE_SUPPLICANT_FS_SYNC={words[0]} board.store={words[1]} {options.KernelParameters}",
        };
        return new PowerCutPlan(
            board,
            words[0],
            words[1],
            words[2].Equals("liar", StringComparison.Ordinal),
            cuts,
            Path.GetFullPath(words[4]));
    }
}
