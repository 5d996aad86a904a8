// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Linux.Files;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>The real file system, until a test lets calls fail. Counts every call by its name.</summary>
internal sealed unsafe class FaultyFiles : IFileOperations
{
    private readonly LinuxFileOperations _real = new();
    private readonly Dictionary<string, int> _calls = new(StringComparer.Ordinal);

    /// <summary>Looks at a call's name and decides: 0 lets it through, an error number lets it fail.</summary>
    public Func<string, int> Fault { get; set; } = static _ => 0;

    /// <summary>Runs before each call that goes through, with its name: for what happens meanwhile.</summary>
    public Action<string> Before { get; set; } = static _ => { };

    /// <summary>How many descriptors are open through this instance.</summary>
    public int OpenDescriptors { get; private set; }

    /// <summary>How often a call was made, also those that failed.</summary>
    public int Count(string call) => _calls.GetValueOrDefault(call);

    /// <summary>Forgets the counts.</summary>
    public void ResetCounts() => _calls.Clear();

    /// <summary>Lets calls of one name fail.</summary>
    public void Fail(string call, int error, int times = int.MaxValue)
    {
        int left = times;
        Fault = name => string.Equals(name, call, StringComparison.Ordinal) && left-- > 0 ? error : 0;
    }

    public int Open(int directory, byte* name, int flags, uint mode) =>
        Opened(Enter(nameof(Open)) is var fault and < 0 ? fault : _real.Open(directory, name, flags, mode));

    public int OpenBeneath(int directory, byte* path, int flags) =>
        Opened(Enter(nameof(OpenBeneath)) is var fault and < 0 ? fault : _real.OpenBeneath(directory, path, flags));

    public int Close(int descriptor)
    {
        int fault = Enter(nameof(Close));
        int result = _real.Close(descriptor);
        OpenDescriptors -= result >= 0 ? 1 : 0;
        return fault < 0 ? fault : result;
    }

    public nint Read(int descriptor, byte* buffer, nuint length, long offset) =>
        Enter(nameof(Read)) is var fault and < 0 ? fault : _real.Read(descriptor, buffer, length, offset);

    public nint Write(int descriptor, byte* buffer, nuint length, long offset) =>
        Enter(nameof(Write)) is var fault and < 0 ? fault : _real.Write(descriptor, buffer, length, offset);

    public int Truncate(int descriptor, long length) =>
        Enter(nameof(Truncate)) is var fault and < 0 ? fault : _real.Truncate(descriptor, length);

    public int GetStatus(int descriptor, out FileStatus status)
    {
        status = default;
        return Enter(nameof(GetStatus)) is var fault and < 0 ? fault : _real.GetStatus(descriptor, out status);
    }

    public int Sync(int descriptor) => Enter(nameof(Sync)) is var fault and < 0 ? fault : _real.Sync(descriptor);

    public int SyncData(int descriptor) =>
        Enter(nameof(SyncData)) is var fault and < 0 ? fault : _real.SyncData(descriptor);

    public int AdviseWillNeed(int descriptor) =>
        Enter(nameof(AdviseWillNeed)) is var fault and < 0 ? fault : _real.AdviseWillNeed(descriptor);

    public int Unlink(int directory, byte* name) =>
        Enter(nameof(Unlink)) is var fault and < 0 ? fault : _real.Unlink(directory, name);

    public int RemoveDirectory(int directory, byte* name) =>
        Enter(nameof(RemoveDirectory)) is var fault and < 0 ? fault : _real.RemoveDirectory(directory, name);

    public int Rename(int oldDirectory, byte* oldName, int newDirectory, byte* newName, bool replace) =>
        Enter(replace ? "Rename" : "RenameWithoutReplacing") is var fault and < 0
            ? fault
            : _real.Rename(oldDirectory, oldName, newDirectory, newName, replace);

    public int Link(int oldDirectory, byte* oldName, int newDirectory, byte* newName) =>
        Enter(nameof(Link)) is var fault and < 0 ? fault : _real.Link(oldDirectory, oldName, newDirectory, newName);

    public int MakeDirectory(int directory, byte* name, uint mode) =>
        Enter(nameof(MakeDirectory)) is var fault and < 0 ? fault : _real.MakeDirectory(directory, name, mode);

    public nint ReadDirectory(int descriptor, long position, byte* buffer, nuint length) =>
        Enter(nameof(ReadDirectory)) is var fault and < 0
            ? fault
            : _real.ReadDirectory(descriptor, position, buffer, length);

    private int Enter(string call)
    {
        _calls[call] = _calls.GetValueOrDefault(call) + 1;
        int error = Fault(call);
        if (error == 0)
        {
            Before(call);
        }

        return -error;
    }

    private int Opened(int result)
    {
        OpenDescriptors += result >= 0 ? 1 : 0;
        return result;
    }
}
