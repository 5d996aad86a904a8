// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Conformance;

/// <summary>
/// Normal and odd requests that both programs survive: memory, TAs, profiles, plug-ins, RPMB and what nobody serves.
/// </summary>
internal static class CommonScripts
{
    private const uint LoadTa = 0;
    private const uint Rpmb = RpmbRequests.Function;
    private const uint Allocate = 6;
    private const uint Free = 7;
    private const uint Profile = 9;
    private const uint Trace = 11;
    private const uint Plugin = 12;

    /// <summary>All scripts by name.</summary>
    public static IReadOnlyDictionary<string, Action<ScriptedWorld, Transcript>> All { get; } =
        new Dictionary<string, Action<ScriptedWorld, Transcript>>(StringComparer.Ordinal)
        {
            ["memory"] = Memory,
            ["ta"] = TrustedApplications,
            ["files"] = FileScripts.Files,
            ["names"] = FileScripts.Names,
            ["directories"] = FileScripts.Directories,
            ["tcp"] = SocketScripts.Tcp,
            ["udp"] = SocketScripts.Udp,
            ["sockets"] = SocketScripts.Odd,
            ["rpmb"] = RpmbFrames,
            ["gprof"] = static (world, transcript) => Profiles(world, transcript, Profile, "gmon"),
            ["ftrace"] = static (world, transcript) => Profiles(world, transcript, Trace, "ftrace"),
            ["plugin"] = Plugins,
            ["unserved"] = Unserved,
        };

    private static void Memory(ScriptedWorld world, Transcript transcript)
    {
        foreach (ulong size in (ulong[])[1, 4096, 5000, 100_000, 1 << 22])
        {
            Reply reply = transcript.AddChosen($"allocate {size}", world.Call(Allocate, Parameter.ValueInOut(0, size)));
            ulong id = reply.Parameters[0].C;
            transcript.Add($"allocated {size}", $"{reply.Parameters[0].A} {reply.Parameters[0].B} {id > 0}");
            _ = transcript.AddChosen($"free {size}", world.Call(Free, Parameter.ValueInOut(0, id)));
            _ = transcript.AddChosen($"free {size} again", world.Call(Free, Parameter.ValueInOut(0, id)));
        }

        transcript.Add("allocate as an input", world.Call(Allocate, Parameter.ValueInput(0, 4096)));
        transcript.Add("allocate with nothing", world.Call(Allocate));
        transcript.Add("allocate kernel memory", world.Call(Allocate, Parameter.ValueInOut(1, 4096)));
        transcript.Add("free an unknown id", world.Call(Free, Parameter.ValueInOut(0, 9999)));
        transcript.Add("free with two", world.Call(Free, Parameter.ValueInOut(), Parameter.ValueInOut()));
    }

    private static void TrustedApplications(ScriptedWorld world, Transcript transcript)
    {
        Guid uuid = new("f07bfc66-958c-4a15-99c0-260e4e7375dd");
        Guid old = new("f07bfc66-958c-4a15-99c0-260e4e7375de");
        Guid empty = new("f07bfc66-958c-4a15-99c0-260e4e7375df");
        Guid directory = new("f07bfc66-958c-4a15-99c0-260e4e7375e0");
        string text = string.Concat(Enumerable.Repeat("trusted ", 1000));
        File.WriteAllText(Path.Combine(world.TrustedApplications, $"{uuid}.ta"), text);
        File.WriteAllText(Path.Combine(world.TrustedApplications, "f07bfc66-958c-4a15-99c0260e4e7375de.ta"), text);
        File.WriteAllText(Path.Combine(world.TrustedApplications, $"{empty}.ta"), "");
        Directory.CreateDirectory(Path.Combine(world.TrustedApplications, $"{directory}.ta"));
        SharedBuffer buffer = world.Allocate(16384);

        Reply Load(Guid which, Parameter memory)
        {
            byte[] octets = which.ToByteArray(bigEndian: true);
            return world.Call(
                LoadTa,
                Parameter.ValueInput(BitConverter.ToUInt64(octets, 0), BitConverter.ToUInt64(octets, 8)),
                memory);
        }

        transcript.Add("size", Load(uuid, Parameter.NullMemory(6)));
        transcript.Add("content", Load(uuid, Parameter.MemoryOutput(buffer, 8000)));
        transcript.Add(
            "content is right",
            $"{world.Kernel.Read(buffer, 0, 8000).AsSpan().SequenceEqual(Encoding.UTF8.GetBytes(text))}");
        transcript.Add("larger buffer", Load(uuid, Parameter.MemoryOutput(buffer, 16384)));
        world.Kernel.Write(buffer, 0, "untouched"u8);
        transcript.Add("small buffer", Load(uuid, Parameter.MemoryOutput(buffer, 7999)));
        transcript.Add("small buffer's content", Encoding.UTF8.GetString(world.Kernel.Read(buffer, 0, 9)));
        transcript.Add("old name", Load(old, Parameter.NullMemory(6)));
        transcript.Add("missing", Load(Guid.Empty, Parameter.NullMemory(6)));
        transcript.Add("missing, with buffer", Load(Guid.Empty, Parameter.MemoryOutput(buffer, 4096)));
        transcript.Add("empty", Load(empty, Parameter.NullMemory(6)));
        transcript.Add("directory", Load(directory, Parameter.NullMemory(6)));
        transcript.Add("as an input", Load(uuid, Parameter.MemoryInput(buffer, 4096)));
        transcript.Add("one parameter", world.Call(LoadTa, Parameter.ValueInput()));
    }

    private static void RpmbFrames(ScriptedWorld world, Transcript transcript)
    {
        RpmbRequests rpmb = new(world);
        transcript.Add("information", rpmb.Information());
        transcript.Add("card", Convert.ToHexString(rpmb.Answered(19)));
        foreach ((string step, ushort type, Action<byte[]>? fill) in ((string, ushort, Action<byte[]>?)[])
            [
                ("counter without a key", 2, null),
                ("program a key", 1, static request => request[6 + 196] = 1),
                ("program another key", 1, static request => request[6 + 196] = 2),
                ("counter", 2, static request => request[6 + 484] = 7),
                ("read", 4, static request => request[6 + 507] = 1),
                ("read beyond", 4, static request => (request[6 + 504], request[6 + 507]) = (0xFF, 1)),
                ("write with a wrong MAC", 3, static request => request[6 + 507] = 1),
            ])
        {
            transcript.Add(step, rpmb.Send(type, fill: fill));
            transcript.Add($"{step}: result", $"{rpmb.Result()}");
        }

        transcript.Add("unknown type", rpmb.Send(9));
        transcript.Add("two frames to write", rpmb.Send(3, frames: 2));
        transcript.Add("two frames to count", rpmb.Send(2, frames: 2));
        transcript.Add("no frame", rpmb.Send(3, frames: 0));
        SharedBuffer buffer = world.Allocate(4096);
        transcript.Add("short request", world.Call(
            Rpmb, Parameter.MemoryInput(buffer, 5), Parameter.MemoryOutput(buffer, 512)));
        world.Kernel.Write(buffer, 0, [9, 0, 0, 0, 0, 0]);
        transcript.Add("unknown command", world.Call(
            Rpmb, Parameter.MemoryInput(buffer, 6), Parameter.MemoryOutput(buffer, 19)));
    }

    private static void Profiles(ScriptedWorld world, Transcript transcript, uint function, string prefix)
    {
        Guid uuid = Guid.NewGuid();
        SharedBuffer buffer = world.Allocate(4096);
        world.Kernel.Write(buffer, 0, uuid.ToByteArray());
        world.Kernel.Write(buffer, 16, "profile"u8);
        string path = $"/tmp/{prefix}-{uuid.ToString("D", CultureInfo.InvariantCulture)}";

        Reply Call(ulong id, int size = 7, int uuidSize = 16) => world.Call(
            function,
            Parameter.ValueInOut(id),
            Parameter.MemoryInput(buffer, uuidSize),
            Parameter.MemoryInput(buffer, size, offset: 16));

        try
        {
            transcript.Add("first", Call(0));
            transcript.Add("add", Call(1));
            transcript.Add("second", Call(0));
            transcript.Add("nothing", Call(2, size: 0));
            transcript.Add("never made", Call(5));
            transcript.Add("number 101", Call(101));
            transcript.Add("short UUID", Call(0, uuidSize: 15));
            transcript.Add("one parameter", world.Call(function, Parameter.ValueInOut()));
            transcript.Add("first file", File.ReadAllText($"{path}.out"));
            transcript.Add("second file", File.ReadAllText($"{path}.1.out"));
            transcript.Add("mode", $"{File.GetUnixFileMode($"{path}.out")}");
        }
        finally
        {
            File.Delete($"{path}.out");
            File.Delete($"{path}.1.out");
        }
    }

    private static void Plugins(ScriptedWorld world, Transcript transcript)
    {
        SharedBuffer buffer = world.Allocate(4096);

        Reply Call(ulong operation, ulong first, Parameter memory) => world.Call(
            Plugin,
            Parameter.ValueInput(operation, first, 0x154A8C95),
            Parameter.ValueInput(0x0E26C099, 0xDD75734E, 5),
            Parameter.ValueInOut(6, 0),
            memory);

        const ulong present = 0x66FC7BF0;
        transcript.Add("absent", Call(0, 1, Parameter.NullMemory(7)));
        transcript.Add("unknown operation", Call(1, present, Parameter.NullMemory(7)));
        transcript.Add("present", Call(0, present, Parameter.NullMemory(7)));
        transcript.Add("present, with data", Call(0, present, Parameter.MemoryInOut(buffer, 100)));
        transcript.Add("present, with a size and no data", Call(0, present, Parameter.NullMemory(7, 100)));
        transcript.Add("one parameter", world.Call(Plugin, Parameter.ValueInput()));
    }

    private static void Unserved(ScriptedWorld world, Transcript transcript)
    {
        foreach (uint function in (uint[])[3, 4, 5, 8, 20, 21, 22, 23, 24, 25, 0xFFFFFFFF])
        {
            transcript.Add($"function {function}", world.Call(function, Parameter.ValueInOut(1, 2, 3)));
        }

        transcript.Add("four parameters", world.Call(
            99, Parameter.ValueInOut(1), Parameter.ValueInput(2), Parameter.ValueOutput(), Parameter.NullMemory(7)));
        transcript.Add("none after four", world.Call(99));
    }
}
