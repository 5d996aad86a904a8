// SPDX-License-Identifier: MIT

using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace TpmReady.Board.Machine;

/// <summary>The board's device tree: the emulator's own, with what the boot needs written into it.</summary>
internal static class DeviceTree
{
    /// <summary>Writes <see cref="BoardFiles.DeviceTree"/>.</summary>
    public static async Task WriteAsync(
        BoardOptions options, BoardArtifacts artifacts, BoardFiles files, CancellationToken cancellation)
    {
        string tree = files.DeviceTree;
        await ChildProcess.RunAsync(
            artifacts.Qemu,
            QemuCommand.Machine(options, artifacts.Flash(options.Firmware), $",dumpdtb={tree}"),
            cancellation).ConfigureAwait(false);

        ulong end = QemuCommand.InitrdAddress + (ulong)new FileInfo(files.Initrd).Length;
        await PutAsync("-ts", "bootargs", QemuCommand.KernelCommandLine(options)).ConfigureAwait(false);
        await PutAsync("-tx", "linux,initrd-start", Hex(QemuCommand.InitrdAddress)).ConfigureAwait(false);
        await PutAsync("-tx", "linux,initrd-end", Hex(end)).ConfigureAwait(false);
        if (options.Firmware == FirmwareKind.ReeFs)
        {
            // A TA that lies in the file system is never enumerated by OP-TEE; only the device tree can name it.
            await ChildProcess.RunAsync("fdtput", ["-c", tree, "/ftpm"], cancellation).ConfigureAwait(false);
            await ChildProcess.RunAsync("fdtput", ["-ts", tree, "/ftpm", "compatible", "microsoft,ftpm"], cancellation)
                .ConfigureAwait(false);
        }

        Task<string> PutAsync(string type, string property, string value) =>
            ChildProcess.RunAsync("fdtput", [type, tree, "/chosen", property, value], cancellation);
    }

    private static string Hex(ulong value) => value.ToString("x", CultureInfo.InvariantCulture);
}
