// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Conformance;

/// <summary>Doors that the C daemon leaves open.</summary>
internal static class OpenDoorScenarios
{
    private const uint Profile = 9;
    private const uint Plugin = 12;
    private const int CloseOnExecute = 0x80000;

    public static Scenario[] All { get; } =
    [
        new("S1a", "OP-TEE names a file ../../ESCAPED", "a file outside the store", "BAD_PARAMETERS", static world =>
        {
            Reply reply = new FileRequests(world).Create("../../ESCAPED");
            return File.Exists(Path.Combine(world.Root, "ESCAPED")) ? "a file outside the store" : reply.Name;
        }),
        new("S1b", "a file in the store is a symbolic link to one outside", "reads the file outside",
            "ITEM_NOT_FOUND", static world =>
            {
                FileRequests files = new(world);
                Reply reply = files.Open("/7");
                bool isRead = reply.IsSuccess && files.Read(reply.Parameters[2].A, 0, 6).IsSuccess;
                return isRead && files.Text(6).StartsWith("secret", StringComparison.Ordinal)
                    ? "reads the file outside" : reply.Name;
            })
        {
            Prepare = static world =>
            {
                File.WriteAllText(Path.Combine(world.Root, "outside"), "secret");
                File.CreateSymbolicLink(Path.Combine(world.Store, "7"), Path.Combine(world.Root, "outside"));
            },
        },
        new("S2", "a link in /tmp has the name of a profile", "adds to what it leads to", "GENERIC", static world =>
        {
            Guid uuid = Guid.NewGuid();
            string victim = Path.Combine(world.Root, "victim");
            File.WriteAllText(victim, "victim");
            string link = $"/tmp/gmon-{uuid.ToString("D", CultureInfo.InvariantCulture)}.out";
            File.CreateSymbolicLink(link, victim);
            try
            {
                SharedBuffer buffer = world.Allocate(4096);
                world.Kernel.Write(buffer, 0, uuid.ToByteArray());
                Reply reply = world.Call(
                    Profile,
                    Parameter.ValueInOut(1),
                    Parameter.MemoryInput(buffer, 16),
                    Parameter.MemoryInput(buffer, 16, offset: 16));
                return new FileInfo(victim).Length > 6 ? "adds to what it leads to" : reply.Name;
            }
            finally
            {
                File.Delete(link);
            }
        }),
        new("S3", "the secure world is lent 64 bytes; the kernel lends whole pages", "registers 64 bytes of a page",
            "registers whole pages", static world =>
                world.Allocate(64).Length % 4096 == 0
                    ? "registers whole pages" : "registers 64 bytes of a page"),
        new("S4", "a file among the plug-ins can be changed by anybody", "runs its code", "not loaded", static world =>
        {
            Reply reply = world.Call(
                Plugin,
                Parameter.ValueInput(0, 0x66FC7BF0, 0x154A8C95),
                Parameter.ValueInput(0x0E26C099, 0xDD75734E),
                Parameter.ValueInOut(),
                Parameter.NullMemory(7));
            return reply.Name switch
            {
                "SUCCESS" => "runs its code",
                "ITEM_NOT_FOUND" => "not loaded",
                string other => other,
            };
        })
        {
            Prepare = static world =>
            {
                string plugin = Path.Combine(world.Plugins, "f07bfc66-958c-4a15-99c0-260e4e7375dd.plugin");
                File.Copy(PublishedProgram.Compile(world.Daemon, "plugin.c"), plugin);
                File.SetUnixFileMode(plugin, UnixFileMode.UserRead | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
            },
        },
        new("S5", "what a program would inherit that a plug-in starts", "the device, memory and files", "nothing",
            static world =>
            {
                _ = new FileRequests(world).Make("/1");

                // The shim's own connections lie above; the device and memory are copies of one.
                string[] inherited = Inherited(world);
                bool inheritsDevice = inherited.Any(static path => path.Contains("socket:", StringComparison.Ordinal));
                bool inheritsFiles = inherited.Any(path => path.StartsWith(world.Store, StringComparison.Ordinal));
                return (inheritsDevice, inheritsFiles) switch
                {
                    (true, true) => "the device, memory and files",
                    (false, false) => "nothing",
                    _ => $"device {inheritsDevice}, files {inheritsFiles}",
                };
            }),
        new("S7", "a TA connects to where it should not", "no way to forbid it", "ACCESS_DENIED", static world =>
        {
            SocketRequests sockets = new(world);
            using Socket server = SocketRequests.Listen();
            int port = ((IPEndPoint)server.LocalEndPoint!).Port;
            Reply reply = sockets.Open(SocketRequests.Tcp, "127.0.0.1", port);
            return reply.IsSuccess ? "no way to forbid it" : reply.Name;
        })
        {
            Options = ["--socket-allow=192.0.2.0/24"],
        },
        new("S8", "what its threads may do, started by root", "everything", "no capabilities, seccomp", static world =>
        {
            _ = world.Call(99);
            string[] status = File.ReadAllLines($"/proc/{world.ProcessId}/status");
            bool isFiltered = status.Contains("Seccomp:\t2");
            bool isBare = status.Contains("CapEff:\t0000000000000000");
            return (isFiltered, isBare) switch
            {
                (true, true) => "no capabilities, seccomp",
                (false, false) => "everything",
                _ => $"seccomp {isFiltered}, no capabilities {isBare}",
            };
        }),
        new("S9", "OP-TEE asks for 1 GiB of memory", "gets it", "OUT_OF_MEMORY", static world =>
        {
            Reply reply = world.Call(6, Parameter.ValueInOut(0, 1UL << 30));
            return reply.IsSuccess ? "gets it" : reply.Name;
        }),
        new("S10", "a name goes on behind its buffer", "takes what lies behind", "BAD_PARAMETERS", static world =>
        {
            Reply reply = new FileRequests(world).CreateWithLength("/78", 2);
            return File.Exists(Path.Combine(world.Store, "78")) ? "takes what lies behind" : reply.Name;
        }),
    ];

    private static string[] Inherited(ScriptedWorld world) =>
    [
        .. Directory.GetFiles($"/proc/{world.ProcessId}/fdinfo")
            .Where(static path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture) is > 2 and < 600)
            .Where(static path => (Flags(path) & CloseOnExecute) == 0)
            .Select(static path => path.Replace("fdinfo", "fd", StringComparison.Ordinal))
            .Select(static path => File.ResolveLinkTarget(path, returnFinalTarget: false)?.FullName)
            .OfType<string>(),
    ];

    private static int Flags(string path) => Convert.ToInt32(
        File.ReadLines(path).First(static line => line.StartsWith("flags:", StringComparison.Ordinal))[6..].Trim(), 8);
}
