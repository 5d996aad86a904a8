// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Threading.Tasks;
using Microsoft.Win32.SafeHandles;
using TpmReady.Board.Disks;

namespace TpmReady.Board.Tool.PowerCuts;

/// <summary>
/// Whether the disk really loses what was not flushed, and only that: a guest writes two blocks to it, past its own page
/// cache, one with a flush and one without.
/// </summary>
internal static class PowerCutControl
{
    private const int BlockBytes = 4096;
    private const string Disk = "disk=$(grep -lx store /sys/block/vd*/serial | cut -d/ -f4)";

    /// <summary>Prints <c>control|flushed|kept</c> and <c>control|unflushed|lost</c>, or what came instead.</summary>
    public static async Task RunAsync(BoardOptions options, BoardArtifacts artifacts)
    {
        string state = Directory.CreateTempSubdirectory("tpmready-cuts-").FullName;
        try
        {
            string image = Path.Combine(state, "store.img");
            StoreImage.MakeEmpty(image);
            int unflushed = await WriteAndCutAsync(
                options with { Init = InitKind.Plain, Supplicant = SupplicantKind.None, StateDirectory = state }, artifacts, image)
                .ConfigureAwait(false);
            using SafeFileHandle medium = File.OpenHandle(image);
            Console.WriteLine($"control|flushed|{(IsWritten(medium, 0) ? "kept" : "lost")}");
            string second = IsWritten(medium, 1) ? "kept" : "lost";
            Console.WriteLine($"control|unflushed|{(unflushed == 0 ? "never written" : second)}");
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    private static async Task<int> WriteAndCutAsync(BoardOptions options, BoardArtifacts artifacts, string image)
    {
        VolatileDisk disk = VolatileDisk.Start(image);
        await using (disk.ConfigureAwait(false))
        {
            EmulatedBoard board = await EmulatedBoard.StartAsync(
                options with { StoreSocket = disk.SocketPath }, artifacts).ConfigureAwait(false);
            await using (board.ConfigureAwait(false))
            {
                const string Write = "tr '\\0' x </dev/zero | dd of=/dev/$disk bs=4096 count=1 iflag=fullblock oflag=direct";
                await board.RunAsync($"{Disk}; {Write} seek=0 conv=fsync && {Write} seek=1").ConfigureAwait(false);
                int unflushed = disk.Unflushed;
                await board.CutPowerAsync().ConfigureAwait(false);
                disk.Cut(Survival.Nothing, Random.Shared);
                return unflushed;
            }
        }
    }

    private static bool IsWritten(SafeFileHandle medium, int block)
    {
        byte[] data = new byte[BlockBytes];
        return RandomAccess.Read(medium, data, (long)block * BlockBytes) == BlockBytes && !Array.Exists(data, b => b != (byte)'x');
    }
}
