// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Conformance;

/// <summary>All operations of OP-TEE's file system, at their edges, too.</summary>
internal static class FileScripts
{
    public static void Files(ScriptedWorld world, Transcript transcript)
    {
        FileRequests files = new(world);
        transcript.AddChosen("open nothing", files.Open("/1"));
        ulong handle = transcript.AddChosen("create", files.Create("/1")).Parameters[2].A;
        transcript.Add("write", files.Write(handle, 0, "0123456789"));
        transcript.Add("read", files.Read(handle, 0, 10));
        transcript.Add("read: content", files.Text(10));
        transcript.Add("read over the end", files.Read(handle, 5, 10));
        transcript.Add("read at the end", files.Read(handle, 10, 10));
        transcript.Add("read far behind the end", files.Read(handle, 1 << 20, 10));
        transcript.Add("read nothing", files.Read(handle, 0, 0));
        transcript.Add("write behind the end", files.Write(handle, 20, "x"));
        transcript.Add("read the hole", files.Read(handle, 10, 11));
        transcript.Add("read the hole: content", files.Text(11).Replace('\0', '0'));
        transcript.Add("truncate", files.Truncate(handle, 5));
        transcript.Add("read what is left", files.Read(handle, 0, 100));
        transcript.Add("truncate to more", files.Truncate(handle, 50));
        transcript.Add("read what is there", files.Read(handle, 0, 100));
        transcript.Add("write at a negative offset", files.Write(handle, ulong.MaxValue - 10, "x"));
        transcript.Add("read at a negative offset", files.Read(handle, ulong.MaxValue - 10, 10));
        transcript.Add("truncate to a negative length", files.Truncate(handle, ulong.MaxValue - 10));
        transcript.Add("read without a buffer", files.Call(
            Parameter.ValueInput(3, handle, 0), Parameter.NullMemory(6, 10)));
        transcript.Add("write without a buffer", files.Call(
            Parameter.ValueInput(4, handle, 0), Parameter.NullMemory(5, 10)));
        ulong note = files.Make("/note");
        _ = files.Write(note, 0, "no object of today's OP-TEE");
        transcript.Add("truncate a note", files.Truncate(note, 5));
        transcript.Add("read what is left of it", files.Read(note, 0, 100));
        transcript.Add("truncate a note to more", files.Truncate(note, 50));
        transcript.Add("read what there is of it", files.Read(note, 0, 100));
        transcript.Add("close", files.Close(handle));
        transcript.Add("read after close", files.Read(handle, 0, 10));
        transcript.Add("close handle -1", files.Close(ulong.MaxValue));
        transcript.Add("write to handle -1", files.Write(ulong.MaxValue, 0, "x"));
        transcript.Add("truncate handle -1", files.Truncate(ulong.MaxValue, 0));
        handle = transcript.AddChosen("open", files.Open("/1")).Parameters[2].A;
        transcript.Add("read after open", files.Read(handle, 0, 10));
        transcript.Add("remove while open", files.Remove("/1"));
        transcript.Add("write to a removed file", files.Write(handle, 0, "removed"));
        transcript.Add("read a removed file", files.Read(handle, 0, 7));
        transcript.Add("close a removed file", files.Close(handle));
        transcript.Add("remove nothing", files.Remove("/1"));
        handle = files.Make("/2");
        _ = files.Write(handle, 0, "long content");
        _ = files.Close(handle);
        handle = transcript.AddChosen("create over a file", files.Create("/2")).Parameters[2].A;
        transcript.Add("read what was created over", files.Read(handle, 0, 100));
    }

    public static void Names(ScriptedWorld world, Transcript transcript)
    {
        FileRequests files = new(world);
        foreach (string name in (string[])["/a", "/b"])
        {
            ulong handle = files.Make(name);
            _ = files.Write(handle, 0, name);
            _ = files.Close(handle);
        }

        transcript.Add("rename onto another", files.Rename("/a", "/b", overwrite: false));
        transcript.Add("rename nothing", files.Rename("/none", "/c", overwrite: false));
        transcript.Add("rename nothing, overwriting", files.Rename("/none", "/c", overwrite: true));
        transcript.Add("rename", files.Rename("/a", "/c", overwrite: false));
        transcript.Add("rename over another", files.Rename("/c", "/b", overwrite: true));
        transcript.Add("names", Names(world));
        transcript.AddChosen("a directory deep", files.Create("u/1"));
        transcript.AddChosen("open a directory deep", files.Open("u/1"));
        transcript.AddChosen("open nothing in a directory", files.Open("u/2"));
        transcript.AddChosen("open below a file", files.Open("b/2"));
        transcript.AddChosen("create below a file", files.Create("b/2"));
        transcript.AddChosen("open a directory", files.Open("u"));
        transcript.Add("remove a directory that is not empty", files.Remove("u"));
        transcript.Add("remove a directory deep", files.Remove("u/1"));
        transcript.Add("names after that", Names(world));
        transcript.AddChosen("a name without slash", files.Create("3.ta"));
        transcript.AddChosen("slashes in front", files.Open("///3.ta"));
        transcript.AddChosen("no name", files.Create(""));
        transcript.AddChosen("a long name", files.Create("/" + new string('n', 256)));
        transcript.AddChosen("no buffer for the name", files.Call(
            Parameter.ValueInput(0), Parameter.NullMemory(5, 10), Parameter.ValueOutput()));
        transcript.Add("unknown operation", files.Call(Parameter.ValueInput(11)));
        transcript.Add("no parameter", files.Call());
        transcript.Add("two parameters too few", files.Call(Parameter.ValueInput(0)));
        transcript.Add("a value for a name", files.Call(
            Parameter.ValueInput(0), Parameter.ValueInput(), Parameter.ValueOutput()));
        transcript.Add("an output for the operation", files.Call(Parameter.ValueInOut(5, 1)));
    }

    public static void Directories(ScriptedWorld world, Transcript transcript)
    {
        FileRequests files = new(world);
        _ = files.Close(files.Make("d/one"));
        _ = files.Close(files.Make("d/two"));
        _ = files.Close(files.Make("d/three"));
        transcript.AddChosen("open nothing", files.OpenDirectory("none"));
        transcript.AddChosen("open a file", files.OpenDirectory("d/one"));
        ulong handle = transcript.AddChosen("open", files.OpenDirectory("d")).Parameters[2].A;
        List<string> entries = [];
        Reply reply;
        while ((reply = files.ReadDirectory(handle, 256)).IsSuccess)
        {
            int length = (int)reply.Parameters[1].B;
            entries.Add($"{files.Text(length).Replace('\0', '0')} {length}");
        }

        // Their order is the file system's.
        transcript.Add("entries", string.Join(", ", entries.Order(StringComparer.Ordinal)));
        transcript.Add("the end", reply);
        transcript.Add("after the end", files.ReadDirectory(handle, 256));
        transcript.Add("close", files.CloseDirectory(handle));
        transcript.Add("close again", files.CloseDirectory(handle));
        transcript.Add("read after close", files.ReadDirectory(handle, 256));
        foreach (string name in (string[])["d/one", "d/two", "d/three"])
        {
            transcript.Add($"remove {name}", files.Remove(name));
        }

        transcript.AddChosen("open after all is removed", files.OpenDirectory("d"));
        Directory.CreateDirectory(Path.Combine(world.Store, "empty"));
        transcript.AddChosen("open an empty one", files.OpenDirectory("empty"));
    }

    private static string Names(ScriptedWorld world)
    {
        StringBuilder names = new();
        foreach (string path in Directory.GetFileSystemEntries(world.Store).Order(StringComparer.Ordinal))
        {
            names.Append(File.Exists(path) ? $"{Path.GetFileName(path)}={File.ReadAllText(path)} " : $"{path[^1]}/ ");
        }

        return names.ToString().Trim();
    }
}
