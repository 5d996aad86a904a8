// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <summary>
/// One directory in memory that knows what a power cut would leave of it. It can fail, and it can flush wrongly.
/// </summary>
internal sealed unsafe class MemoryFiles : IFileOperations
{
    private const ushort RegularMode = 0x8180;
    private const ushort DirectoryMode = 0x41c0;
    private const int FirstDescriptor = 100;
    private const int RecordHeader = 19;

    private readonly List<Description?> _descriptions = [];
    private readonly Queue<Action> _late = new();
    private ulong _inodes = 1;
    private bool _headWritten;

    public MemoryDirectory Directory { get; } = new();

    /// <summary>How this file system is wrong; tests must find it out.</summary>
    public FlushDefect Defect { get; init; }

    /// <summary>Looks at a call's name: 0 lets it through, an error number lets it fail.</summary>
    public Func<string, int> Fault { get; set; } = static _ => 0;

    /// <summary>The moment before something becomes durable: the most is still open then.</summary>
    public Action BeforeFlush { get; set; } = static () => { };

    /// <summary>Every change in order, for people.</summary>
    public List<string> Trace { get; } = [];

    /// <summary>How often data or names were flushed.</summary>
    public int Flushes { get; private set; }

    public int OpenDescriptors => _descriptions.Count(description => description is not null);

    /// <summary>A request was answered, and everything that the secure world does upon that was seen.</summary>
    public void FlushLate()
    {
        while (_late.TryDequeue(out Action? flush))
        {
            flush();
        }
    }

    public int Open(int directory, byte* name, int flags, uint mode)
    {
        if (directory == Libc.AT_FDCWD)
        {
            return Add(new Description("", null, IsSynchronous: false));
        }

        if (Fault((flags & Libc.O_CREAT) == 0 ? "open" : "create") is var error and not 0)
        {
            return -error;
        }

        string text = Text(name);
        if (!Directory.Names.TryGetValue(text, out MemoryFile? file))
        {
            if ((flags & Libc.O_CREAT) == 0)
            {
                return -Errno.ENOENT;
            }

            file = new MemoryFile(NextInode());
            Directory.Enter(text, file);
            Trace.Add($"create {text}");
        }

        return Add(new Description(text, file, (flags & Libc.O_DSYNC) != 0));
    }

    public int OpenBeneath(int directory, byte* path, int flags) => -Errno.ENOSYS;

    public int Close(int descriptor)
    {
        if (At(descriptor) is null)
        {
            throw new InvalidDataException($"close of descriptor {descriptor}, which is not open");
        }

        _descriptions[descriptor - FirstDescriptor] = null;
        return 0;
    }

    public nint Read(int descriptor, byte* buffer, nuint length, long offset) => Fault("read") is var error and not 0
        ? -error
        : FileAt(descriptor).Read(new Span<byte>(buffer, (int)length), offset);

    public nint Write(int descriptor, byte* buffer, nuint length, long offset)
    {
        if (Fault("write") is var error and not 0)
        {
            return -error;
        }

        Description description = At(descriptor)!;
        MemoryFile file = description.File!;
        file.Write(new ReadOnlySpan<byte>(buffer, (int)length), offset);
        Trace.Add($"write {description.Name} {offset}+{length}");
        bool isHead = description.Name is "dirf.db" && offset < 136;
        if (isHead && Defect == FlushDefect.HeadBeforeNodes)
        {
            FlushNow(() => file.FlushRange(offset, (long)length), "head");
            _headWritten = true;
        }

        if (!description.IsSynchronous)
        {
            return (nint)length;
        }

        int synced = Flush("sync", () => file.FlushRange(offset, (long)length), file, description.Name);
        return synced < 0 ? synced : (nint)length;
    }

    public int Truncate(int descriptor, long length)
    {
        if (Fault("truncate") is var error and not 0)
        {
            return -error;
        }

        FileAt(descriptor).Truncate(length);
        Trace.Add($"truncate {At(descriptor)!.Name} {length}");
        return 0;
    }

    public int GetStatus(int descriptor, out FileStatus status)
    {
        MemoryFile? file = At(descriptor)?.File;
        status = file is null
            ? new FileStatus(DirectoryMode, 0, 1, 0, 1)
            : new FileStatus(RegularMode, 0, file.Inode, file.Length, 1);
        return -Fault("status");
    }

    public int Sync(int descriptor) => Flush("sync", Directory.Flush, null, "directory");

    public int SyncData(int descriptor)
    {
        MemoryFile file = FileAt(descriptor);
        return Flush("sync", file.Flush, file, At(descriptor)!.Name);
    }

    public int AdviseWillNeed(int descriptor) => 0;

    public int Unlink(int directory, byte* name)
    {
        if (Fault("unlink") is var error and not 0)
        {
            return -error;
        }

        string text = Text(name);
        if (!Directory.Names.ContainsKey(text))
        {
            return -Errno.ENOENT;
        }

        Directory.Remove(text);
        Trace.Add($"unlink {text}");
        return 0;
    }

    public int RemoveDirectory(int directory, byte* name) => -Errno.ENOENT;

    public int Rename(int oldDirectory, byte* oldName, int newDirectory, byte* newName, bool replace)
    {
        string from = Text(oldName);
        string to = Text(newName);
        int error = Fault("rename");
        error = error != 0 ? error
            : !Directory.Names.ContainsKey(from) ? Errno.ENOENT
            : !replace && Directory.Names.ContainsKey(to) ? Errno.EEXIST
            : 0;
        if (error == 0)
        {
            Directory.Rename(from, to);
            Trace.Add($"rename {from} {to}");
        }

        return -error;
    }

    public int Link(int oldDirectory, byte* oldName, int newDirectory, byte* newName) => -Errno.EOPNOTSUPP;

    public int MakeDirectory(int directory, byte* name, uint mode) => -Errno.EEXIST;

    public nint ReadDirectory(int descriptor, long position, byte* buffer, nuint length)
    {
        string[] names = [.. Directory.Names.Keys.Order(StringComparer.Ordinal)];
        if (position >= names.Length)
        {
            return 0;
        }

        string name = names[position];
        int size = (RecordHeader + name.Length + 8) & ~7;
        Span<byte> record = new(buffer, size);
        record.Clear();
        BitConverter.TryWriteBytes(record[8..], position + 1);
        BitConverter.TryWriteBytes(record[16..], (ushort)size);
        System.Text.Encoding.UTF8.GetBytes(name, record[RecordHeader..]);
        return size;
    }

    /// <summary>What is there after a power cut: these names, and these versions of what files hold.</summary>
    public static MemoryFiles AfterCut(
        Dictionary<string, MemoryFile> names, IReadOnlyList<(FileChoice Choice, int Version)> picks)
    {
        MemoryFiles files = new() { _inodes = 1000 };
        Dictionary<MemoryFile, MemoryFile> copies = [];
        foreach ((string name, MemoryFile source) in names)
        {
            if (!copies.TryGetValue(source, out MemoryFile? copy))
            {
                copies[source] = copy = source.ToDurable();
            }

            files.Directory.SetDurable(name, copy);
        }

        foreach ((FileChoice choice, int version) in picks)
        {
            if (copies.TryGetValue(choice.File, out MemoryFile? copy))
            {
                copy.Apply(choice.File, choice, version);
            }
        }

        return files;
    }

    private int Flush(string call, Action flush, MemoryFile? file, string name)
    {
        Flushes++;
        BeforeFlush();
        int error = Fault(call);
        if (error != 0)
        {
            if (error != Errno.EINTR)
            {
                file?.FailFlush();
            }

            Trace.Add($"flush {name} failed");
            return -error;
        }

        switch (Defect)
        {
            case FlushDefect.NoFlush:
                break;
            case FlushDefect.AfterAnswer:
            case FlushDefect.HeadBeforeNodes when !_headWritten:
                _late.Enqueue(flush);
                break;
            case FlushDefect.HeadBeforeNodes:
                _headWritten = false;
                FlushLate();
                flush();
                break;
            default:
                flush();
                Trace.Add($"flush {name}");
                break;
        }

        return 0;
    }

    private void FlushNow(Action flush, string name)
    {
        BeforeFlush();
        flush();
        Trace.Add($"flush {name}");
        BeforeFlush();
    }

    private ulong NextInode() => ++_inodes;

    private int Add(Description description)
    {
        int free = _descriptions.IndexOf(null);
        if (free < 0)
        {
            _descriptions.Add(description);
            return FirstDescriptor + _descriptions.Count - 1;
        }

        _descriptions[free] = description;
        return FirstDescriptor + free;
    }

    private Description? At(int descriptor) => _descriptions[descriptor - FirstDescriptor];

    private MemoryFile FileAt(int descriptor) => At(descriptor)!.File!;

    private static string Text(byte* name) => Marshal.PtrToStringUTF8((nint)name)!;

    private sealed record Description(string Name, MemoryFile? File, bool IsSynchronous);
}
