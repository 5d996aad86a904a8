// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using CsCheck;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>Random sequences of requests against a directory in memory; a restart may come at any time.</summary>
public sealed class StorageModelTests
{
    private static readonly string[] Names = ["x", "y", "z", "u/x", "u/y"];

    private enum Step
    {
        Create,
        Open,
        Write,
        Truncate,
        Close,
        Remove,
        Rename,
        Restart,
    }

    [Test]
    public void The_store_is_what_the_model_is() =>
        Gen.Select(Gen.Enum<Step>(), Gen.Int[0, Names.Length - 1], Gen.Int[0, 99], Gen.Int[0, 300]).Array[1, 60]
            .Sample(Run, iter: 150);

    private static bool Run((Step Step, int Name, int Choice, int Number)[] steps)
    {
        using StorageFixture storage = new();
        Dictionary<string, Content> names = new(StringComparer.Ordinal);
        Dictionary<ulong, Content> handles = [];
        foreach ((Step step, int nameIndex, int choice, int number) in steps)
        {
            string name = Names[nameIndex];
            string other = Names[choice % Names.Length];
            ulong handle = handles.Count == 0 ? 0 : handles.Keys.ElementAt(choice % handles.Count);
            bool fits = step switch
            {
                Step.Create => Create(storage, names, handles, name),
                Step.Open => Open(storage, names, handles, name),
                Step.Write => Write(storage, handles, handle, number),
                Step.Truncate => Truncate(storage, handles, handle, number),
                Step.Close => storage.Close(handle) == Either(handles.Remove(handle), TeeResult.BadParameters),
                Step.Remove => storage.Remove(name) == Either(names.Remove(name), TeeResult.ItemNotFound),
                Step.Rename => Rename(storage, names, name, other, replace: number % 2 == 0),
                _ => Restart(storage, names, handles),
            };
            if (!fits || !Agrees(storage, names, handles))
            {
                return false;
            }
        }

        return true;
    }

    private static TeeResult Either(bool succeeds, TeeResult otherwise) => succeeds ? TeeResult.Success : otherwise;

    private static bool Create(
        StorageFixture storage, Dictionary<string, Content> names, Dictionary<ulong, Content> handles, string name)
    {
        (TeeResult result, ulong handle) = storage.Create(name);
        if (!names.TryGetValue(name, out Content? content))
        {
            names[name] = content = new Content();
        }

        content.Bytes = [];
        return result == TeeResult.Success && handles.TryAdd(handle, content);
    }

    private static bool Open(
        StorageFixture storage, Dictionary<string, Content> names, Dictionary<ulong, Content> handles, string name)
    {
        (TeeResult result, ulong handle) = storage.Open(name);
        return names.TryGetValue(name, out Content? content)
            ? result == TeeResult.Success && handles.TryAdd(handle, content)
            : result == TeeResult.ItemNotFound;
    }

    private static bool Write(StorageFixture storage, Dictionary<ulong, Content> handles, ulong handle, int offset)
    {
        byte[] data = Encoding.UTF8.GetBytes($"written at {offset}");
        TeeResult result = storage.Write(handle, (ulong)offset, data);
        if (!handles.TryGetValue(handle, out Content? content))
        {
            return result == TeeResult.BadParameters;
        }

        byte[] bytes = content.Bytes;
        Array.Resize(ref bytes, Math.Max(bytes.Length, offset + data.Length));
        data.CopyTo(bytes, offset);
        content.Bytes = bytes;
        return result == TeeResult.Success;
    }

    private static bool Truncate(StorageFixture storage, Dictionary<ulong, Content> handles, ulong handle, int length)
    {
        TeeResult result = storage.Truncate(handle, (ulong)length);
        if (!handles.TryGetValue(handle, out Content? content))
        {
            return result == TeeResult.BadParameters;
        }

        byte[] bytes = content.Bytes;
        Array.Resize(ref bytes, length);
        content.Bytes = bytes;
        return result == TeeResult.Success;
    }

    private static bool Rename(
        StorageFixture storage, Dictionary<string, Content> names, string from, string to, bool replace)
    {
        TeeResult result = storage.Rename(from, to, replace);

        // A target in a directory that is not there is not found either.
        bool targetHasParent = !to.Contains('/', StringComparison.Ordinal) || Directory.Exists(storage["u"]);
        if (!names.TryGetValue(from, out Content? content) || !targetHasParent)
        {
            return result == TeeResult.ItemNotFound;
        }

        if (!replace && names.ContainsKey(to))
        {
            return result == TeeResult.AccessConflict;
        }

        names.Remove(from);
        names[to] = content;
        return result == TeeResult.Success;
    }

    /// <summary>Files that no name leads to are lost to a successor.</summary>
    private static bool Restart(
        StorageFixture storage, Dictionary<string, Content> names, Dictionary<ulong, Content> handles)
    {
        storage.Restart();
        foreach ((ulong handle, _) in handles.Where(pair => !names.ContainsValue(pair.Value)).ToList())
        {
            if (storage.Read(handle, 0, 1).Result != TeeResult.Generic || storage.Close(handle) != TeeResult.Success)
            {
                return false;
            }

            handles.Remove(handle);
        }

        return true;
    }

    private static bool Agrees(
        StorageFixture storage, Dictionary<string, Content> names, Dictionary<ulong, Content> handles) =>
        Directory.GetFiles(storage.Root, "*", SearchOption.AllDirectories).Length == names.Count
        && names.All(pair => File.ReadAllBytes(storage[pair.Key]).AsSpan().SequenceEqual(pair.Value.Bytes))
        && handles.All(pair => storage.Read(pair.Key, 0, 1000).Bytes.AsSpan().SequenceEqual(pair.Value.Bytes))
        && storage.Handles.OpenCount == handles.Count
        && storage.Memory.Pinned == 0;

    private sealed class Content
    {
        public byte[] Bytes { get; set; } = [];
    }
}
