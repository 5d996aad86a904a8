// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Linq;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Conformance;

/// <summary>Where the C daemon loses or exposes data.</summary>
internal static class DataScenarios
{
    private const int InputOutputError = 5;
    private const int ReadOnlyFileSystem = 30;
    private const int QuotaExceeded = 122;
    private const string Index = "/dirf.db";

    public static Scenario[] All { get; } =
    [
        new("D1a", "no descriptor is left while OP-TEE opens its index",
            "ITEM_NOT_FOUND: OP-TEE makes an empty store", "OUT_OF_MEMORY", static world =>
            {
                FileRequests files = new(world);
                _ = files.Close(files.Make(Index));
                Libc.LimitDescriptors(world.ProcessId, 1);
                return Judge(files.Open(Index));
            }),
        new("D1b", "an I/O error while OP-TEE opens its index",
            "ITEM_NOT_FOUND: OP-TEE makes an empty store", "GENERIC", static world =>
            {
                FileRequests files = new(world);
                _ = files.Close(files.Make(Index));
                world.Kernel.Inject(Fault.Open, InputOutputError);
                return Judge(files.Open(Index));
            }),
        new("D2", "a file is renamed to below itself", "SUCCESS, and nothing renamed", "GENERIC", static world =>
        {
            FileRequests files = new(world);
            _ = files.Close(files.Make("/2"));
            Reply reply = files.Rename("/2", "/2/3", overwrite: true);
            return reply.IsSuccess && File.Exists(Path.Combine(world.Store, "2"))
                ? "SUCCESS, and nothing renamed" : reply.Name;
        }),
        new("D3", "the daemon is restarted, and the emulated RPMB had a key", "the key is gone", "the key is there",
            static world =>
            {
                RpmbRequests rpmb = new(world);
                Reply reply = rpmb.Send(type: 1, fill: static request => request[6 + 196] = 1);
                int programmed = rpmb.Result();
                world.Restart();
                rpmb = new RpmbRequests(world);
                _ = rpmb.Send(type: 2);
                return (reply.Name, programmed, rpmb.Result()) switch
                {
                    ("SUCCESS", 0, 7) => "the key is gone",
                    ("SUCCESS", 0, 0) => "the key is there",
                    (string name, int first, int last) => $"{name}, results {first} and {last}",
                };
            })
        {
            Options = ["--rpmb-emu"],
        },
        new("D4", "flushing a directory fails while OP-TEE makes an object and commits it", "SUCCESS", "GENERIC",
            static world =>
            {
                FileRequests files = new(world);
                ulong index = files.Make(Index);
                world.Kernel.Inject(Fault.Sync, InputOutputError);
                Reply create = files.Create("/1");
                return create.IsSuccess ? files.Write(index, 0, new string('h', 68)).Name : create.Name;
            }),
        new("D5a", "OP-TEE closes files 0 to 9, which it never opened", "closes its own device, serves no more",
            "BAD_PARAMETERS", static world =>
            {
                FileRequests files = new(world);
                world.Limit = TimeSpan.FromSeconds(4);
                string last = string.Empty;
                try
                {
                    for (ulong handle = 0; handle < 10; handle++)
                    {
                        last = files.Close(handle).Name;
                    }

                    return world.Call(99).Is("NOT_SUPPORTED") ? last : "serves no more";
                }
                catch (ProgramGoneException)
                {
                    // It ends, or waits for ever: as its threads happen to notice.
                    return "closes its own device, serves no more";
                }
            }),
        new("D5b", "OP-TEE writes to a file that it opened before the daemon was restarted",
            "into another file", "BAD_PARAMETERS", static world =>
            {
                FileRequests files = new(world);
                ulong index = files.Make(Index);
                world.Restart();
                files = new FileRequests(world);
                ulong other = files.Make("/1");
                Reply reply = files.Write(index, 0, "head");
                return other == index && reply.IsSuccess
                    ? "into another file" : reply.Name;
            }),
        new("D6", "a file is made in a directory of a directory, and neither exists", "GENERIC, one directory left",
            "SUCCESS", static world =>
            {
                Reply reply = new FileRequests(world).Create("ta/x/y");
                return !reply.IsSuccess && Directory.Exists(Path.Combine(world.Store, "ta"))
                    ? $"{reply.Name}, one directory left" : reply.Name;
            }),
        new("D7", "a directory is read with too small a buffer, then with a larger one", "the entry is lost",
            "the entry is there", static world =>
            {
                FileRequests files = new(world);
                _ = files.Close(files.Make("d/a"));
                ulong handle = files.OpenDirectory("d").Parameters[2].A;
                string first = files.ReadDirectory(handle, 1).Name;
                string second = files.ReadDirectory(handle, 256).Name;
                return (first, second) switch
                {
                    ("SHORT_BUFFER", "SUCCESS") => "the entry is there",
                    ("SHORT_BUFFER", "ITEM_NOT_FOUND") => "the entry is lost",
                    _ => $"{first}, {second}",
                };
            }),
        new("D8", "a request with fewer parameters follows one with many (mended in the C daemon in 2025)", "goes on",
            "goes on", static world =>
            {
                for (int i = 0; i < 8; i++)
                {
                    _ = world.Call(99, [.. Enumerable.Repeat(Parameter.ValueInOut(1, 2, 3), 4)]);
                    _ = world.Call(99);
                }

                return "goes on";
            }),
        new("D9a", "a write exceeds the quota", "GENERIC", "STORAGE_NO_SPACE", static world =>
        {
            FileRequests files = new(world);
            ulong handle = files.Make("/1");
            world.Kernel.Inject(Fault.Write, QuotaExceeded);
            return files.Write(handle, 0, "text").Name;
        }),
        new("D9b", "a file is made on a read-only file system", "GENERIC", "STORAGE_NOT_AVAILABLE", static world =>
        {
            FileRequests files = new(world);
            _ = files.Close(files.Make("/0"));
            world.Kernel.Inject(Fault.Open, ReadOnlyFileSystem);
            return files.Create("/1").Name;
        }),
    ];

    // OP-TEE's open_dirh() makes a new index when, and only when, it is told that there is none.
    private static string Judge(Reply reply) =>
        reply.Is("ITEM_NOT_FOUND") ? "ITEM_NOT_FOUND: OP-TEE makes an empty store" : reply.Name;
}
